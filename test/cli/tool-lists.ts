/** The first lines as these tools write them, and who of a, b, c … comes in as what. */
export const TOOLS: [tool: string, lines: string[], expected: Record<string, string>][] = [
  [
    'Mailchimp, subscribed',
    [
      '"Email Address","First Name","Last Name",MEMBER_RATING,OPTIN_TIME,CONFIRM_TIME,TIMEZONE,CC,REGION,NOTES,TAGS',
      'a@x.example,Ada,L,2,"2024-01-01 10:00:00","2024-01-01 10:01:00",Europe/Vienna,AT,w,"line one\nline two","""News"""',
    ],
    { a: 'active' },
  ],
  [
    'Mailchimp, unsubscribed and cleaned',
    [
      '"Email Address",UNSUB_TIME,UNSUB_REASON,CLEAN_TIME,CLEAN_CAMPAIGN_TITLE',
      'a@x.example,"2024-01-01 10:00:00",NORMAL,,',
      'b@x.example,,,"2024-01-01 10:00:00",June',
    ],
    {},
  ],
  [
    'listmonk',
    [
      'uuid,email,name,attributes,status,created_at,updated_at',
      'u1,a@x.example,Ada,"{""city"": ""Wien"", ""n"": 1}",enabled,2024-01-01T00:00:00Z,2024-01-01T00:00:00Z',
      'u2,b@x.example,B,{},blocklisted,2024-01-01,2024-01-01',
      'u3,c@x.example,C,{},disabled,2024-01-01,2024-01-01',
    ],
    { a: 'active' },
  ],
  [
    'Ghost',
    [
      'id,email,name,note,subscribed_to_emails,complimentary_plan,stripe_customer_id,created_at,deleted_at,labels,tiers',
      '1,a@x.example,A,,true,false,,2024-01-01,,,Free',
      '2,b@x.example,B,,false,true,cus_1,2024-01-01,,,Gold',
      '3,c@x.example,C,,true,false,,2024-01-01,2024-02-02,,Free',
    ],
    { a: 'active' },
  ],
  [
    'Buttondown',
    [
      'email,notes,metadata,tags,referrer_url,creation_date,type,source',
      'a@x.example,,{},,,2024-01-01T10:00:00Z,regular,embedded_form',
      'b@x.example,,{},,,2024-01-01T10:00:00Z,unsubscribed,api',
      'c@x.example,,{},,,2024-01-01T10:00:00Z,unactivated,api',
      'd@x.example,,{},,,2024-01-01T10:00:00Z,premium,api',
      'e@x.example,,{},,,2024-01-01T10:00:00Z,complained,api',
    ],
    { a: 'active', c: 'pending', d: 'active' },
  ],
  [
    'Substack',
    [
      'email,active_subscription,expiry,plan,email_disabled,created_at,first_payment_at',
      'a@x.example,false,,other,false,2024-01-01T10:00:00.000Z,',
      'b@x.example,true,2025-01-01T10:00:00.000Z,annual,true,2024-01-01T10:00:00.000Z,',
    ],
    { a: 'active' },
  ],
  [
    'beehiiv',
    [
      'email,status,subscription_tier,utm_source,created_at,unsubscribed_at',
      'a@x.example,active,free,,2024-01-01 10:00:00,',
      'b@x.example,inactive,free,,2024-01-01,2024-02-01',
      'c@x.example,validating,free,,2024-01-01,',
      'd@x.example,invalid,free,,2024-01-01,',
    ],
    { a: 'active', c: 'pending' },
  ],
  [
    'MailerLite',
    [
      'Subscriber,Status,Sent,Opens,Subscribed,Unsubscribed,Location',
      'a@x.example,Active,5,2,2024-01-01 10:00:00,,Austria',
      'b@x.example,Unsubscribed,5,2,2024-01-01 10:00:00,2024-02-01 10:00:00,Austria',
      'c@x.example,Junk,5,2,2024-01-01 10:00:00,,',
      'd@x.example,Unconfirmed,0,0,2024-01-01 10:00:00,,',
      'e@x.example,Bounced,0,0,2024-01-01 10:00:00,,',
    ],
    { a: 'active', d: 'pending' },
  ],
  [
    'Brevo',
    [
      'CONTACT ID;EMAIL;FIRSTNAME;EMAIL_BLACKLISTED;OPT_IN;DOUBLE_OPT-IN;ADDED_TIME',
      '1;a@x.example;A;false;true;yes;01-01-2024 10:00:00',
      '2;b@x.example;B;true;true;yes;01-01-2024 10:00:00',
      '3;c@x.example;C;false;false;yes;01-01-2024 10:00:00',
      '4;d@x.example;D;false;true;no;01-01-2024 10:00:00',
    ],
    { a: 'active', d: 'pending' },
  ],
  [
    'Kit',
    [
      'id,first_name,email,state,created_at',
      '1,A,a@x.example,active,2024-01-01',
      '2,B,b@x.example,cancelled,2024-01-01',
      '3,C,c@x.example,bounced,2024-01-01',
      '4,D,d@x.example,Unconfirmed,2024-01-01',
      '5,E,e@x.example,Cold,2024-01-01',
    ],
    { a: 'active', d: 'pending', e: 'active' },
  ],
  [
    'Google Contacts',
    [
      'First Name,Last Name,Notes,Labels,E-mail 1 - Label,E-mail 1 - Value,E-mail 2 - Value',
      'A,L,,* myContacts,Work,a@x.example,second@x.example',
    ],
    { a: 'active' },
  ],
  [
    'Constant Contact',
    [
      '"Email address","First name","Email status","Email permission status","Confirmed Opt-Out Date"',
      'a@x.example,A,Active,Explicit,',
      'b@x.example,B,Unsubscribed,Unsubscribed,01/05/2024 10:00',
      'c@x.example,C,Active,Pending confirmation,',
      'd@x.example,D,Active,Temp hold,',
    ],
    { a: 'active', c: 'pending' },
  ],
  [
    'MailPoet',
    [
      '"Email","First name","List","List status","Global status"',
      'a@x.example,A,News,Subscribed,Subscribed',
      'b@x.example,B,News,Subscribed,Unsubscribed',
      'c@x.example,C,News,Unconfirmed,Unconfirmed',
      'd@x.example,D,News,Subscribed,Bounced',
    ],
    { a: 'active', c: 'pending' },
  ],
  [
    'phpList',
    [
      'id\temail\tconfirmed\tblacklisted\toptedin\tbouncecount\tdisabled',
      '1\ta@x.example\t1\t0\t1\t3\t0',
      '2\tb@x.example\t1\t1\t1\t0\t0',
      '3\tc@x.example\t0\t0\t1\t0\t0',
      '4\td@x.example\t1\t0\t1\t0\t1',
    ],
    { a: 'active', c: 'pending' },
  ],
  [
    'a German tool',
    [
      'E-Mail-Adresse;Vorname;Status;Abmeldedatum',
      'a@x.example;Ä;Aktiv;',
      'b@x.example;B;Abgemeldet;01.02.2024',
      'c@x.example;C;unbestätigt;',
    ],
    { a: 'active', c: 'pending' },
  ],
];
