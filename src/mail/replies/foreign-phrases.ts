import { buildPhrases, type Phrase } from './phrases.js';
import { reader, server, us } from './verdicts.js';

const EXCHANGE =
  'https://learn.microsoft.com/exchange/mail-flow-best-practices/non-delivery-reports';

/** What mail servers tell people in languages other than English. The order matters. */
export const FOREIGN_PHRASES: readonly Phrase[] = [
  ...buildPhrases('any', EXCHANGE, [
    [
      'any',
      /spamverdacht|(?:als|comme|como|come|jako|som|als) (?:spam|unerwünscht|indésirable|correo no deseado|posta indesiderata)|спам|迷惑メール|スパム|権限がない|垃圾邮件|垃圾郵件|反垃圾|黑名单|黑名單|schwarze liste|liste noire|lista negra|lista nera|чёрн|черн(?:ый|ом) спис|ブラックリスト|스팸|sperrliste/,
      us('reputation'),
    ],
    // What Google says of groups, and of mail in the name of another server, has the same link in all languages.
    ['any', /groups\.google\.com\/support|p=customfromdenied/, us('policy')],
    // A group that may not exist, or takes nothing from outside: it is not known which.
    [
      'any',
      /(?:pas|plus) autoris|(?:nicht|keine) berechtig|permiso|autorizzat|autorizad|permissão|permissões|toestemming|gemachtigd|uprawnie|не разреш|(?:нет|без) разреш|разрешени[ея] (?:на|писать|отправ|публик)|не(?:т| имеете) прав|behörighet|tillåtelse|tilladelse|tillatelse|oprávnění|jogosult|izniniz|权限|權限|권한|صلاحية|مصرح|إذن|אישור|הרשאה|مجوز|δικαίωμα|δεν επιτρέπ|oprávnen|engedély|permisiune|nu aveți drept|neturite teis|puudub õigus|lupaa|oikeutta|дозвол|dozvol|pravic|權利|您沒有.{0,12}(?:權|資格)|kebenaran|tidak (?:memiliki izin|diizinkan)|không có quyền|ไม่(?:ได้รับ|มี)สิทธิ|投稿する権限/,
      us('policy'),
    ],
    [
      'any',
      /postfach.{0,40}(?:\bvoll\b|überfüllt|überschritten|erschöpft|limit)|speicher(?:platz|grenze|volumen|limit|quota)|mailbox ist voll|bo[iî]te.{0,40}(?:pleine|satur|quota)|quota.{0,30}dépassé|dépass\S{0,3} .{0,20}quota|buz[oó]n.{0,40}(?:llen[oa]|exced|super)|casella.{0,40}(?:pien[ao]|superat|esaurit)|caixa.{0,40}(?:chei[ao]|exced|lotad)|(?:cota|quota|espaço).{0,20}(?:exced|esgotad)|postvak.{0,24}\bvol\b|postbus.{0,24}\bvol\b|(?:postlåda|inkorg|brevlåda).{0,30}full|postkass\S{0,3}.{0,24}ful|postboks\S{0,3}.{0,24}full|postilaatikko.{0,24}täyn|skrzynk\S{0,3}.{0,40}(?:przepełn|pełn|przekroc)|schránk\S{0,3}.{0,30}pln|posta kutusu.{0,24}dolu|kota(?:sı)?.{0,20}(?:aş|dol)|postafiók.{0,24}(?:megtelt|tele)/,
      reader('full'),
    ],
    [
      'any',
      /ящик.{0,40}переполн|переполнен|квот\S{0,3}.{0,24}превыш|превышен\S{0,2} (?:квот|размер ящ)|いっぱい|一杯|満杯|容量.{0,12}(?:超|不足|オーバー|制限)|(?:邮箱|信箱|郵箱|邮件箱|空间|空間|容量|配额).{0,12}(?:已满|已滿|满了|不足|超|滿)|가득|용량.{0,12}초과|사서함이 꽉/,
      reader('full'),
    ],
    [
      'any',
      /(?:postfach|konto|adresse|benutzer).{0,40}(?:deaktiviert|gesperrt|inaktiv|stillgelegt)|(?:compte|adresse|bo[iî]te).{0,40}(?:désactiv|suspendu|inacti|bloqué)|(?:cuenta|buz[oó]n|usuario|direcci[oó]n).{0,40}(?:deshabilitad|desactivad|suspendid|inactiv|bloquead)|(?:account|casella|utente|indirizzo).{0,40}(?:disabilitat|disattivat|sospes)|(?:conta|caixa|usuário).{0,40}(?:desativad|suspens|inativ|bloquead)|(?:konto|skrzynka|użytkownik).{0,40}(?:zablokowan|nieaktywn|zawieszon)|(?:ящик|аккаунт|пользовател\S).{0,40}(?:заблокир|отключ|неактив)|受信拒否|受信を拒否|拒否設定|受信制限|利用停止|(?:账户|帐户|帳戶|邮箱|信箱|用户|账号|帐号).{0,12}(?:禁用|停用|冻结|凍結|锁定|暂停|封)|사용 중지|휴면/,
      reader('disabled'),
    ],
    [
      'any',
      /(?:verbindung|connexion|conexi[oó]n|connessione|conexão|połączeni\S|соединени\S) .{0,40}(?:fehlgeschlagen|abgelehnt|échou|refus|fall|rechaz|rifiut|recus|odrzuc|отклон|не удал)|zeitüberschreitung|délai.{0,24}(?:dépass|expir)|tiempo de espera|tempo limite|タイムアウト|接続.{0,12}(?:失敗|拒否|できま)|连接.{0,8}(?:失败|超时|被拒)|連線.{0,8}(?:失敗|逾時)/,
      server('busy'),
    ],
  ]),

  ...buildPhrases('any', EXCHANGE, [
    [
      5,
      /(?:nicht (?:gefunden|bekannt|erkannt|vorhanden|existent|aufgelöst|gültig|identifiziert)|existiert nicht|gibt es nicht|unbekannt|ungültig|nicht mehr (?:gültig|aktuell|aktiv|in gebrauch|verwendet|erreichbar))/,
      reader('gone'),
    ],
    [
      5,
      /introuvable|n'existe (?:pas|plus)|n'a pas été (?:trouvé|reconnu)|n'est (?:pas|plus) (?:reconnu|valide|connu|répertori|recens|valable)|(?:utilisateur|destinataire|adresse|domaine|compte) (?:\S{1,20} )?(?:inconnu|invalide|inexistant|non (?:trouvé|reconnu|recensé))/,
      reader('gone'),
    ],
    [
      5,
      /no (?:se )?(?:existe|encontr[oóa]|pudo encontrar|ha encontrado|reconoc\S{0,4})|no es válid|(?:usuario|destinatario|direcci[oó]n|cuenta|buz[oó]n|dominio) (?:\S{1,20} )?(?:desconocid|inexistente|inválid|no existe|no válid)|no se reconoce/,
      reader('gone'),
    ],
    [
      5,
      /non (?:è stat[oa] )?(?:trovat[oa]|riconosciut|esist|valid|presente)|impossibile trovare|non è (?:valid|riconosciut|più)|(?:utente|destinatario|indirizzo|casella|dominio) (?:\S{1,20} )?(?:sconosciut|inesistent|non valid|errat)/,
      reader('gone'),
    ],
    [
      5,
      /não (?:foi |pôde ser |p[oô]de ser )?(?:encontrad|existe|reconhecid|localizad|válid)|(?:usuário|utilizador|destinatário|endereço|conta|caixa|domínio) (?:\S{1,20} )?(?:desconhecid|inexistente|inválid|não existe)/,
      reader('gone'),
    ],
    [
      5,
      /niet (?:worden )?(?:gevonden|herkend|bekend|bestaat|geldig)|bestaat niet|onbekend|ongeldig|(?:hittades|finns|fanns) inte|(?:inte|kunde inte) (?:hittas|identifieras)|okänd|ogiltig|(?:ikke|ble ikke|blev ikke|kunne ikke) (?:findes|finnes|fundet|funnet|eksisterer|genkend|gjenkjen)|findes ikke|finnes ikke|eksisterer ikke|ukendt|ukjent|ugyldig|ei löyd|ei löyty|ei ole olemassa|tuntematon/,
      reader('gone'),
    ],
    [
      5,
      /nie (?:został\S? )?(?:istnieje|znaleziono|znaleziona|odnaleziono|rozpoznan)|nieznan|nieprawidłow|brak (?:takiego )?(?:użytkownika|konta|adresata)|nebyl\S? nalezen|neexistuje|neznám|neplatn|nem (?:található|létezik)|ismeretlen|bulunamadı|mevcut değil|geçersiz|tanınmıyor|böyle bir/,
      reader('gone'),
    ],
    [
      5,
      /не (?:найден|существует|существуют|зарегистрирован|обнаружен)|нет такого|такого (?:пользователя|ящика|адреса|почтового)|неизвестн|несуществующ|недействител|неправильн|неверн\S{0,3} адрес|удал[её]н\b/,
      reader('gone'),
    ],
    [
      5,
      /(?:見つかりません|見つかりませんでした|存在しません|存在しない(?!か)|存在致しません|該当.{0,12}(?:ありません|いません|ございません)|宛先(?:不明|が不明)|あて先不明|不明です|登録されていません|(?:リスト|ディレクトリ|登録).{0,8}(?:ありません|ございません)|誤り|間違|ユーザー?(?:が|は)(?:いません|不明|存在)|正しくありません|無効)/,
      reader('gone'),
    ],
    [
      5,
      /不存在|找不到|查无此|查無此|无此用户|無此用戶|無此使用者|没有这个|無效|无效|未知用户|不正确|不正確|有误|非法用户|未找到|已注销|已删除|尚未注册|존재하지 않|찾을 수 없|없는 (?:계정|사용자|메일)|잘못된|알 수 없는/,
      reader('gone'),
    ],
  ]),
];
