// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { foldName, lastWord } from "./fold.js";
import { createNameJudges, rememberNames } from "./verdict.js";

const { judge } = createNameJudges();

const SECRET: Record<string, string> = {
  password:
    "password Password PASSWORD pass_word pass-word user_password userPassword password2 new_password passwordConfirmation password_hash passwd pwd userPwd dbPass DB_PASS db.pass pw passphrase Passwort mot_de_passe contraseña contrasena CONTRASEÑA senha hasło 密码 密碼 パスワード 비밀번호 пароль şifre ŞİFRE ｐａｓｓｗｏｒｄ spring.datasource.password old_passwords wifi-passphrase",
  token:
    "token access_token accessToken ACCESS-TOKEN refreshToken id_token csrfToken X-CSRF-Token x_auth_token tokens token_value slackToken _csrf csrf_token jwt resetToken",
  secret:
    "secret client_secret clientSecret SECRET_KEY_BASE app-secret secrets totpSecret code_verifier SAMLResponse",
  api_key:
    "api_key apiKey X-API-Key APIKEY x_api_key2 stripeApiKey aws_secret_access_key secretAccessKey secret_key encryptionKey signing-key apiKeys AccountKey",
  private_key: "private_key privateKey ssh_key tlsKey seed_phrase mnemonic privateKeyPem",
  authorization:
    "authorization Authorization Proxy-Authorization HTTP_AUTHORIZATION req.headers.authorization auth",
  cookie: "cookie Cookie Set-Cookie cookies HTTP_COOKIE",
  session: "session_id sessionId PHPSESSID JSESSIONID connect.sid",
  card: "card_number cardNumber creditCard credit_card_number pan ccNumber",
  cvv: "cvv CVV cvv2 cvc card_cvc securityCode",
  pin: "pin PIN userPin card_pin pin_code",
  otp: "otp otpCode totp mfa_code backup_codes recoveryCode verification_code",
  ssn: "ssn SSN user_ssn social_security_number",
};

const PLAIN =
  "token_type tokenType password_changed_at passwordChangedAt password_policy passwordReset password_reset_at secret_santa secretSanta secret_name secret_id keyboard monkey primary_key public_key publicKey key_id api_key_id apiKeyId access_key_id author authority authorized bypass compass passenger passed pass_rate passport pinned spinner opinion shipping pinterest cookieConsent cookie_policy session_duration tokenize tokenizer tokenized broken secretary next_page_token nextPageToken max_tokens total_tokens prompt_tokens card card_type last4 card_brand cardholder cvs status zip postal_code pandas pan_id span company japan expand pwned username user email path name id trace_id order_id description message otpauth_type hasPassword2FA";

describe("names of secrets", () => {
  for (const [kind, names] of Object.entries(SECRET)) {
    it.each(names.split(" "))(`${kind}: %s`, (name) => {
      expect(judge(name)).toMatchObject({ role: "secret", kind });
    });
  }
});

describe("other names", () => {
  it.each(PLAIN.split(" "))("%s", (name) => {
    expect(judge(name).role).not.toBe("secret");
  });

  it("takes names that JavaScript knows for names", () => {
    for (const name of ["__proto__", "constructor", "prototype", "toString", "hasOwnProperty", ""]) {
      expect(judge(name).role).toBe("plain");
    }
  });

  it("passes over names longer than any name", () => {
    expect(judge(`${"a".repeat(300)}password`).role).toBe("plain");
  });
});

describe("a policy's own names", () => {
  it("adds and takes away", () => {
    const { judge: own } = createNameJudges({ secretNames: ["badge code"], plainNames: ["Session-Id"] });
    expect(own("badgeCode")).toMatchObject({ role: "secret", kind: "custom" });
    expect(own("session_id").role).toBe("plain");
  });
});

describe("names that say too little", () => {
  it.each("key session sid code signature cache_ticket state".split(" "))(
    "%s wants a value that looks generated",
    (name) => {
      expect(judge(name)).toMatchObject({ role: "secret", shape: "opaque" });
    },
  );
});

describe("letters that only look Latin", () => {
  it.each(["раssword", "pаsswоrd", "tоken", "арiКеу", "ѕеcret"])(
    "%s is the name that it looks like",
    (name) => {
      expect(judge(name).role).toBe("secret");
    },
  );

  it.each(["пароль", "рост", "код"])("%s is read as it is written", (name) => {
    expect(judge(name).kind).toBe(name === "пароль" ? "password" : "");
  });
});

describe("folding", () => {
  it("makes one name of all spellings", () => {
    for (const name of [
      "X-API-Key",
      "xApiKey",
      "x_api_key",
      "X.Api.Key",
      "x api key",
      "x_api_key2",
      "x​ApiKey",
    ]) {
      expect(foldName(name)).toBe("xapikey");
    }
  });

  it("finds the last word", () => {
    expect(["dbPass", "DB_PASS", "db.pass", "db-pass", "db[pass]", "pass"].map(lastWord)).toEqual(
      Array(6).fill("pass"),
    );
  });
});

describe("remembering", () => {
  it("asks once for a name, and forgets all rather than grow", () => {
    let asked = 0;
    const remembered = rememberNames((name) => {
      asked++;
      return judge(name);
    });
    remembered("password");
    remembered("password");
    expect(asked).toBe(1);
    for (let i = 0; i < 5000; i++) remembered(`name${i}`);
    remembered("password");
    expect(asked).toBe(5002);
  });

  it("does not remember names long enough to be secrets", () => {
    let asked = 0;
    const remembered = rememberNames((name) => {
      asked++;
      return judge(name);
    });
    remembered("n".repeat(60));
    remembered("n".repeat(60));
    expect(asked).toBe(2);
  });
});
