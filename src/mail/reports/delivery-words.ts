/** Subjects of bounces. */
const SUBJECT =
  /undeliver|delivery (?:status|fail|error|problem|report|notif|has failed|unsuccessful|delay|incomplete)|deliver\S{0,3} (?:to .{1,80} )?(?:failed|failure)|(?:mail|message|e-?mail|nachricht)(?: delivery)? (?:was |has |could |is )?(?:been )?(?:returned|fail|not (?:be )?deliver|undeliver|bounce|delayed|refused|rejected|error)|returned (?:mail|message|to sender|e-?mail)|return(?:ing|ed)? (?:message|mail)|failure (?:notice|notif|message)|failed (?:mail|message|delivery)|non[- ]?(?:delivery|deliverable|remis)|nondeliver|not (?:be )?delivered|could(?: not|n't) (?:be )?(?:send|sent|deliver)|(?:can ?not|can't) (?:be )?(?:send|deliver)|mail (?:system|delivery|server) (?:error|problem|sub)|\bndr\b|\bndn\b|\bdsn\b|bounce|warning: (?:could not|message|e-?mail|mail)|mailbox (?:full|is full|unavailable|quota)|user unknown|unknown (?:user|recipient|address)|postmaster (?:notify|notification)|unzustellbar|unzugestellt|nicht zugestellt|nicht zustellbar|zustell(?:ung|ungs)|rückläufer|non (?:remis|distribu|délivr)|échec|notification d'état|no se (?:puede|pudo|ha podido) entreg|no entregad|error de entrega|devuelt|mancat[ao] (?:recapito|consegna)|non recapit|impossibile (?:recapitare|consegnare)|não (?:entregue|pôde)|falha|devolvid|onbestelbaar|niet (?:bezorgd|afgeleverd)|kunde inte levereras|kan inte levereras|olevererbar|ikke leveret|kunne ikke leveres|kan ikke leveres|toimitus|ei voitu toimittaa|niedostarcz|nie dostarcz|zwrot|nedoručiteln|nedoruč|kézbesíthetetlen|teslim edile|недоставл|не доставл|не может быть доставл|невозможно доставить|ошибка доставки|возврат|エラー|送信できません|配信(?:不能|できません|エラー|失敗)|配送(?:不能|できません|エラー|失敗)|不達|宛先不明|退信|无法(?:投递|送达|发送|传递)|未送达|投递失败|系统退信|無法(?:遞送|投遞|傳遞)|退回|전달(?:되지| 실패)|반송|배달/iu;
/** First sentences of bounces. */
const TEXT =
  /automatically rejected|(?:could|can|did|was|has|were|have)(?:n't| ?not)(?: be| been| yet been)? (?:delivered|deliver|reach|sent|send|able to deliver)|(?:unable|not able|wasn't able|failed|impossible) to (?:deliver|send|relay|reach)|undeliver(?:able|ed)|delivery (?:to the following|has failed|failed|of your message|attempt|is delayed|status)|(?:message|mail|e-?mail) (?:was|has been|is being|is) (?:returned|rejected|refused|bounced|not delivered|delayed|undeliverable)|did not reach|not (?:yet )?(?:been )?delivered|permanent (?:fatal )?errors?|returned (?:to you|to sender|because|mail)|(?:following|these|this) (?:addresses|address|recipients?|users?) (?:failed|had|could|was|were|did)|unbekannter empfänger|nicht (?:zugestellt|zustellen|ausgeliefert|übermittelt)|n'a pas pu être|n'ont pas pu|impossible de (?:remettre|délivrer)|no (?:se )?pudo (?:ser )?(?:entreg|envi)|no ha podido|non (?:è stato possibile|ha raggiunto|può essere)|impossibile (?:recapitare|consegnare)|não (?:pôde|foi possível|pode)|kon niet worden|kunne ikke|kunde inte|nie (?:mogła|może|można|udało)|nebylo možné|не (?:может|удалось|доставлен|могло)|できませんでした|届けられません|送信に失敗|无法(?:投递|送达|发送|传递)|无法被|未能送达|投递失败|被退回|無法(?:遞送|投遞|傳遞|送達)|(?:전달|배달)(?:되지|할 수)/iu;

/** Whether a mail says that another one did not arrive, or not yet. */
export function isAboutDelivery(subject: string, lines: readonly string[]): boolean {
  const beginning = lines
    .filter((line) => line.trim() !== '')
    .slice(0, 25)
    .join(' ')
    .slice(0, 3_000);
  return SUBJECT.test(subject) || TEXT.test(beginning);
}

const DELAY_SUBJECT =
  /delay|still being retried|warning: .{0,40}(?:could not send|delayed|not (?:yet )?delivered)|could not send message for past|verzögert|retard|retras|demora|ritard|atras|vertraag|fördröj|forsink|viivästy|opóźni|zpožd|задерж|отложен|遅延|遅れ|延迟|延遲|지연/iu;
const DELAY_TEXT =
  /(?:this is a )?warning message only|do not need to resend|no (?:need|action) (?:to resend|is required)|(?:will|we'll) (?:continue|keep|be retried|retry|try (?:again|to deliver))|has not yet been (?:delivered|successful)|has not been (?:delivered|received) yet|have not yet (?:been|received)|not yet (?:been )?delivered|(?:is|was|has been|been) delayed|delivery attempts will continue|still (?:being|trying|in the queue)|will be retried|temporarily (?:delayed|deferred|undeliverable)|wird weiter(?:hin)? versuch|noch nicht (?:zugestellt|übermittelt)|n'a pas encore|continuera|seguirá intent|se seguirá|a[uú]n no (?:se )?ha|non è ancora|continuerà|ainda não|continuar[áã]|nog niet|ännu inte|endnu ikke|ennå ikke|nie został\S? jeszcze|ещё не|еще не|будет повтор|будут продолж|再送(?:を|信)|配送を(?:継続|試み)|继续尝试|將繼續|将继续|稍后/iu;
/** What ends all trying. */
const FINAL =
  /permanent(?:ly)? (?:error|fail|undeliver)|given up|could not be delivered (?:after|within)|no further|will not (?:be retried|retry|try|attempt)|has (?:been )?expired|message (?:was|is being|has been) returned|returned to (?:you|sender)/i;

/** Whether the mail may still arrive. */
export function isAboutDelay(subject: string, lines: readonly string[]): boolean {
  const text = lines.slice(0, 80).join(' ').slice(0, 5_000);
  if (FINAL.test(text)) return false;
  return DELAY_SUBJECT.test(subject) || DELAY_TEXT.test(text);
}
