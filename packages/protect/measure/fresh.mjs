// SPDX-License-Identifier: Apache-2.0
/**
 * Texts that no detector was written against: written after the detectors, measured, and not looked at again. Who changes a detector because
 * of a miss in them MUST move the text to shapes.mjs and write another here.
 */

export const NAMED = [
  '%t host app[%n]: msg="bad input" params="%k=%v" ip=%i',
  'Parameters: {"user"=>"%u", "%k"=>"%v"}',
  '[%t] request.INFO: Matched {"_route":"login","%k":"%v"} []',
  'args.%k="%v" args.user="%u" code=%n',
  "curl -F %k=%v https://api.example.com/upload",
  "  - name: %k\n    value: %v",
  "EXEC sp_login @user='%u', @%k='%v'",
  "  %k => %v",
  "ENV %k=%v",
  "%k:%v,user:%u",
  "with %k := %v do",
];

export const TOKEN = [
  "leaked: %v (commit %h)",
  '%i - - "POST /api?%k=%v HTTP/2.0" 403',
  "|%u|%v|%n|",
  "found [%v] in config.yml:%n",
  "see <%v>",
  '"args": ["--x", "%v"]',
];

export const VALUE = [
  "%t WARN no match for %k=%v, user %u",
  "please verify your %k: %v.",
  "<field name='%k'>%v</field>",
  "%u wrote: my %k is %v, please update",
  'row %n: {"field":"%k","got":"%v"}',
  "%k '%v' already exists",
  "duplicate %k (%v) in row %n",
];

export const PROSE = [
  "I forgot that my password was %v yesterday",
  "password changed from %v to something else",
  "use %v as the password",
  "ssh login with password %v from %i",
  "New password for %u is: %v",
  "Kennwort ist %v",
  "le nouveau mot de passe: %v",
  "la password è %v",
  "psql: connection with password=%v refused",
  "echo %v | sudo -S id",
  "wget --password=%v ftp://host/x",
  "parool: %v",
];
