// SPDX-License-Identifier: Apache-2.0
/**
 * Texts with places: `%v` the value, `%e` the value as JSON escapes it, `%k` its name, and noise: `%u` a user, `%t` a time, `%h` a hexadecimal id, `%i` an IP
 * address, `%n` a number. `§json` is an event with the value under its name, `§number` one with the value as a JSON number.
 *
 * `tune` and `held` are texts that the detectors were written against: what was missed in either was looked at. The texts of fresh.mjs were not.
 */

/** A value that needs its name. */
export const NAMED = {
  tune: [
    "time=%t level=info user=%u %k=%v status=200",
    '{"ts":"%t","user":"%u","%k":"%v","ok":false}',
    "login failed for %u, %k: %v (attempt 3)",
    "GET /login?user=%u&%k=%v&lang=en HTTP/1.1",
    "Credentials{user='%u', %k='%v'}",
    "{'user': '%u', '%k': '%v'}",
    "<user>%u</user><%k>%v</%k>",
    "%k: %v",
    "./run.sh --user=%u --%k=%v",
    "§json",
  ],
  held: [
    '{:user=>"%u", :%k=>"%v"}',
    "{User:%u %k:%v}",
    "Login { User = %u, %k = %v }",
    "user=%u&%k=%v",
    'body="{\\"user\\":\\"%u\\",\\"%k\\":\\"%v\\"}" id=%h',
    "export %k='%v'",
    "array('%k' => '%v', 'user' => '%u')",
    '<add key="%k" value="%v"/>',
    "Login(user=%u, %k=%v)",
    "[section]\n%k = %v\nuser = %u",
    "setting %k to '%v' for %u",
    "%t %u updated %k: was unset, now [%v]",
    'config.set("%k", "%v")',
    "at java.lang.Thread.run\nCaused by: AuthException: user=%u;%k=%v;id=%h",
    "%k <- %v (%u)",
    "%k -> %v",
    "%u: %k → %v",
    "| user | %u |\n| %k | %v |",
    "user\t%u\n%k\t%v",
    'rejected %k "%v" for %u',
    "rejected %k [%v] for %u",
    "§json",
  ],
};

/** A value that is known by its form, wherever it stands. */
export const TOKEN = {
  tune: [
    "%t INFO sent %v to upstream",
    '{"ts":"%t","%k":"%v"}',
    "request with %v failed: 401",
    "%k=%v",
    "curl https://api.example.com/x -H 'X-Thing: %v'",
    "GET /hook/%v HTTP/1.1",
    "INSERT INTO t VALUES (1,'%v')",
    "Error: invalid %v",
  ],
  held: [
    "%t [worker-%n] WARN got (%v) from %i",
    '{:%k=>"%v"}',
    "Thing{%k=%v}",
    "<%k>%v</%k>",
    "retrying,%v,%n",
    "%h: %v.",
    "url=https://x.example/?a=%v&b=%n",
    'stdout: "%v\\n"',
    "['%v']",
    "§json",
  ],
};

/** A value of a person, with a word that says what it is. */
export const VALUE = {
  tune: [
    "%k: %v",
    "user=%u %k=%v status=ok",
    '{"%k":"%v","id":"%h"}',
    "updated %k %v for %u",
    "Customer(id=%n, %k=%v)",
    "%t INFO %k is %v",
    "UPDATE people SET %k='%v' WHERE id=%n",
    "§json",
  ],
  held: [
    "%k %v was rejected at %t",
    '{:%k=>"%v", :id=>%n}',
    "{'%k': '%v'}",
    "<%k>%v</%k>",
    "?%k=%v&page=%n",
    "the customer's %k (%v) does not match",
    "%k=[%v] id=%h",
    '"%k" => "%v"',
    "rejected %v: wrong %k",
    "record[%k]: %v",
    "§json",
  ],
};

/** Passwords that somebody or something tells in a sentence, a command or a statement, in several languages. */
export const PROSE = {
  tune: [
    "user %u tried password %v and failed",
    "your password is %v, change it soon",
    "the password for %u: %v",
    "Passwort: %v",
    "mot de passe : %v",
    "contraseña: %v",
    "changed password to %v for %u",
    "mysql -u root -p%v shop",
    "sshpass -p %v ssh %u@host",
    "curl -u %u:%v https://api.example.com/",
    "CREATE USER %u IDENTIFIED BY '%v'",
    "PGPASSWORD=%v psql -h db",
    'login %u with password "%v"',
    "net use z: \\\\srv\\share /user:%u %v",
  ],
  held: [
    "senha: %v",
    "wachtwoord=%v gebruiker=%u",
    "hasło: %v",
    "пароль: %v",
    "パスワード：%v",
    "密码：%v",
    "das Passwort lautet %v",
    "la contraseña es %v",
    "le mot de passe est %v",
    "temporary password '%v' was mailed",
    "wrong password (%v) for %u",
    "invalid credentials: %u / password %v",
    "mysqldump --password %v shop",
    "ALTER USER %u WITH PASSWORD '%v'",
    "redis-cli -h cache -a %v ping",
    "docker login -u %u -p %v registry.example.com",
    "ldapsearch -D cn=%u -w %v -b dc=example",
    "Failed password attempt: user=%u pass=%v ip=%i",
    "pwd -> %v",
    "passwd was %v before",
  ],
};
