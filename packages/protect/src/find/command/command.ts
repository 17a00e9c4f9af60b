// SPDX-License-Identifier: Apache-2.0
import { ANYWHERE, type Detector, type Hit } from "../detector.js";
import { isPlaceholder } from "../named/words.js";

const VALUE = "[\"']?([^\\s\"'`;|&<>]{1,256})";
/** All that may stand between a tool and its option: other words, no further than the end of the command. */
const WORDS = "(?: [^\\s;|&]{1,256}){0,12}?";

/** A tool, and the option after which its password stands. */
interface Tool {
  readonly tools: string;
  readonly option: string;
}

const TOOLS: readonly Tool[] = [
  // MySQL's own take the password without a blank; with one, the next word is the database.
  {
    tools: "mysql(?:dump|admin|import|check|show|pump|slap|_upgrade)?|mariadb(?:-dump|-admin)?|mycli",
    option: "-p(?!ort|rotocol|assword\\b)",
  },
  { tools: "sshpass", option: "-p ?" },
  {
    tools: "mongo(?:sh|dump|restore|export|import|stat|top)?|cqlsh|influx|couchbase-cli|arangosh|cbq",
    option: "-p ?",
  },
  {
    tools:
      "(?:docker|podman|buildah|skopeo|oras|helm|nerdctl|crane|az|oc|cf|heroku|twine) (?:registry )?(?:login|upload)?",
    option: "-p ",
  },
  { tools: "psexec(?:64)?|paexec|winexe", option: "-p " },
  { tools: "redis-cli|valkey-cli|keydb-cli", option: "-a " },
  { tools: "ldap(?:search|add|modify|delete|passwd|whoami|compare|modrdn|exop)|ldbsearch", option: "-w ?" },
  {
    tools:
      "sqlcmd|bcp|osql|isql|tsql|ipmitool|zip|unzip|htdigest|mosquitto_(?:pub|sub)|nxc|crackmapexec|impacket-\\w{1,20}|evil-winrm|rabbitmqadmin",
    option: "-[Pp] ?",
  },
  { tools: "7z[ar]?|rar|unrar", option: "-h?p" },
  {
    tools: "xfreerdp|rdesktop|wfreerdp|cmdkey|runas|schtasks|wmic|net use|msiexec|sc config",
    option: "(?:/p:|/pass:|/password:|/rp |-p )",
  },
  { tools: "snmp(?:walk|get|set|bulkwalk|getnext|status|table|trap)", option: "-[AX] ?" },
  {
    tools: "keytool|jarsigner|apksigner",
    option: "-(?:store|key|dest(?:store|key)|src(?:store|key)|new)pass ",
  },
  { tools: "openssl", option: "-(?:passin|passout|pass|k|K|password) (?:pass:)?(?!file:|env:|stdin|fd:)" },
  { tools: "gpg2?", option: "--passphrase " },
  { tools: "wget|curl|aria2c|http|https|xh", option: "--(?:http-|ftp-|proxy-)?(?:password|passwd|pass)[ =]" },
  {
    tools: "svn|hg|vault|consul|nomad|rclone|restic|borg|ansible|terraform|pulumi|kubectl|aws",
    option: "--?(?:password|token|secret|secret-key)[ =]",
  },
];

const OPTIONS = TOOLS.map(
  ({ tools, option }) =>
    new RegExp(`(?<![\\w.-])(?:${tools})(?:\\.exe)?\\b${WORDS} ${option}${VALUE}`, "dgi"),
);

/** Where the password stands in a place of its own. */
const PLACES: readonly RegExp[] = [
  // curl -u user:secret, --user user:secret, --proxy-user user:secret; smbclient -U user%secret.
  /(?<![\w-])(?:(?:curl|http|https|smbclient|rpcclient|smbmap|aria2c|xh|artifactory|jf|nexus|elasticsearch)\b(?: [^\s;|&]{1,256}){0,12}? (?:-u|-U|-a)|--user|--proxy-user|--userpwd|--creds) ?=?["']?[\w.@\\/-]{1,64}[:%]([^\s"'`;|<>]{1,256})/dg,
  // htpasswd -b file user secret; -nb user secret.
  /(?<![\w-])htpasswd -(?!n)\w{0,4}b\w{0,4} \S{1,128} \S{1,64} ["']?([^\s"']{1,128})/dg,
  /(?<![\w-])htpasswd -\w{0,4}nb\w{0,4} \S{1,64} ["']?([^\s"']{1,128})/dg,
  // net user bob secret /add; net use \\host\share secret /user:bob.
  /(?<![\w-])net user [\w.$-]{1,64} (?!\/)["']?([^\s"'/*]{1,128})/dgi,
  /(?<![\w-])net use (?:\w: )?\\\\\S{1,128} (?!\/)["']?([^\s"'/*]{1,128})/dgi,
  /(?<![\w-])net use (?:\S{1,128} ){0,3}\/user:\S{1,64} (?!\/)["']?([^\s"'/*]{1,128})/dgi,
  // curl -b 'session=…', --cookie 'session=…'.
  /(?<![\w.-])(?:curl|http|https|xh|wget)\b(?: [^\s;|&]{1,256}){0,12}? (?:-b|--cookie)[ =]["']?[\w.-]{1,64}=([^\s"';]{1,4096})/dgi,
  // echo 'bob:secret' | chpasswd; echo secret | passwd --stdin bob; echo secret | sudo -S.
  /\becho (?:-[ne]{1,2} )?["']?[\w.-]{1,64}:([^\s"'|]{1,128})["']? ?\| ?(?:sudo )?chpasswd/dg,
  /\becho (?:-[ne]{1,2} )?["']?([^\s"'|:]{1,128})["']? ?\| ?(?:sudo )?(?:passwd --stdin|sudo -S|su\b|docker login|podman login|helm registry login|cryptsetup|kinit|gpg)/dg,
  // ConvertTo-SecureString "secret" -AsPlainText.
  /ConvertTo-SecureString (?:-String )?["']?([^\s"']{1,256})["']? (?:-AsPlainText|-Force)/dgi,
  // Redis: AUTH secret, AUTH user secret, CONFIG SET requirepass secret, HELLO 3 AUTH user secret.
  /(?<![\w-])(?:CONFIG SET ["']?(?:requirepass|masterauth)["']? )["']?([^\s"']{1,256})/dgi,
  /(?:[Rr]edis|[Vv]alkey|>|command|cmd|executing|\d\])["':\]]{0,2} (?:HELLO 3 )?"?AUTH"? "?(?!PLAIN|LOGIN|CRAM|failed|command|\w+ed\b)([^\s"]{4,256}(?:"? "?[^\s"]{4,256})?)/dg,
  // FTP, POP3, IRC: PASS secret. SMTP: AUTH PLAIN base64. IMAP: LOGIN user secret.
  /(?:^|[>\]"'] ?|: |\\n|command |cmd=)PASS (?!all\b|\w{1,32}ed\b|or FAIL)["']?([^\s"'\\]{1,256})/dg,
  /\bAUTH (?:PLAIN|LOGIN|XOAUTH2|CRAM-MD5|NTLM) ([A-Za-z0-9+/=]{8,1024})/dg,
  /(?:^|[>\]:] ?)[\w.]{1,16} LOGIN "?[\w.@-]{1,64}"? "?([^\s"]{1,256})/dg,
  // usermod -p, useradd -p hash.
  /(?<![\w-])user(?:mod|add) (?:[^\s;|&]{1,64} ){0,8}?-p ["']?([^\s"']{1,256})/dg,
  // git clone with a header; aws configure set aws_secret_access_key value; npm config set …:_authToken value; heroku config:set KEY=….
  /\b(?:configure|config|secret|env) (?:set|put|add|update) (?:-\S{1,32} ){0,4}["']?[\w./:-]{0,80}(?:password|passwd|secret|token|secret_access_key|api_key|apikey|private_key|_auth|authToken)["']? ["']?(?!-)([^\s"']{1,512})/dgi,
];

const LITERALS =
  "mysql mariadb mycli sshpass mongo cqlsh influx couchbase arangosh docker podman buildah skopeo nerdctl redis-cli valkey keydb ldapse ldapad ldapmo ldapde ldappa ldapwh " +
  "sqlcmd osql tsql ipmitool mosquitto_ crackmap impacket evil-winrm rabbitmqadmin unrar freerdp rdesktop cmdkey runas schtasks snmpwa snmpge snmpse snmpbu keytool jarsigner apksigner openssl " +
  "--passphrase wget aria2c rclone restic kubectl --user --proxy-user smbclient htpasswd chpasswd passwd securestring requirepass masterauth ";

/** Passwords in command lines and protocols that take them without a name: `mysql -pSecret`, `curl -u bob:secret`, `AUTH secret`, `PASS secret`. */
export const command: Detector = {
  name: "command_password",
  class: "secret",
  needs: ANYWHERE,
  literals: [
    ...LITERALS.trim().split(" "),
    "7z ",
    "7za ",
    "zip ",
    "bcp ",
    "nxc ",
    " -U ",
    " -u",
    "curl ",
    "AUTH PLAIN",
    "AUTH LOGIN",
    "XOAUTH2",
    "CRAM-MD5",
    "redis",
    "imap",
    "ftp",
    "pop3",
    "irc",
    "net use",
    "sudo -S",
    "usermod ",
    "useradd ",
    "configure set",
    "config set",
    "secret set",
    "secret put",
    "gpg ",
    "az login",
    "helm registry",
    "twine ",
    "psexec",
    "wmic ",
    "vault login",
  ],
  find(text, hits) {
    for (const pattern of OPTIONS) pushAll(text, pattern, hits);
    for (const pattern of PLACES) pushAll(text, pattern, hits);
  },
};

function pushAll(text: string, pattern: RegExp, hits: Hit[]): void {
  pattern.lastIndex = 0;
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    const value = match[1]!;
    if (isPlaceholder(value) || /^(?:\$[\w({]|-|\[masked)/.test(value)) continue;
    const start = match.indices![1]![0];
    hits.push({ start, end: start + value.length, kind: "password" });
  }
}
