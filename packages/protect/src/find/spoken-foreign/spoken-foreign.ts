// SPDX-License-Identifier: Apache-2.0
import { FOREIGN } from "../chars.js";
import type { Detector } from "../detector.js";
import { isStrange } from "../spoken/words.js";

/**
 * What a password is called in scripts whose words need no blank after them, what may follow it, and the value: a run of ASCII, because a
 * word of the same script may say anything.
 */
const TOLD =
  /(?:密[码碼]|口令|パスワード|暗証番号|비밀번호|암호|패스워드|รหัสผ่าน|كلمة (?:المرور|السر)|الرقم السري|ה?סיסמ[הא]|κωδικ[όο]ς|συνθηματικό|пароль|парола|лозинка|पासवर्ड)[^\x21-\x7e]{0,24}?(?:[:=][ \t]{0,3})?["'「『“]?([\x21\x23-\x26\x28-\x7e]{4,128})/dgu;

/** Passwords told in Chinese, Japanese, Korean, Thai, Arabic, Hebrew, Greek, Russian, Bulgarian, Serbian and Hindi: `密码是hunter2`. */
export const spokenForeign: Detector = {
  name: "spoken_foreign_password",
  class: "secret",
  needs: [{ classes: FOREIGN, length: 6 }],
  find(text, hits) {
    TOLD.lastIndex = 0;
    for (let match = TOLD.exec(text); match !== null; match = TOLD.exec(text)) {
      const value = match[1]!;
      if (!isStrange(value) || value.startsWith("[masked:") || value.startsWith("[removed:")) continue;
      const [start, end] = match.indices![1]!;
      hits.push({ start, end, kind: "password" });
    }
  },
};
