// SPDX-License-Identifier: Apache-2.0
import { isMarker } from "../act/marker.js";
import { isGenerated } from "../find/entropy.js";
import { isPlaceholder } from "../find/named/words.js";
import type { NameVerdict } from "./verdict.js";

/** Whether a text under a secret name is hidden. */
export function hidesText(name: NameVerdict, text: string): boolean {
  if (text === "" || isMarker(text) || isPlaceholder(text)) return false;
  switch (name.shape) {
    case "code":
      return /\d/.test(text);
    case "card":
      return text.length > 64 || (text.match(/\d/g)?.length ?? 0) > 4;
    case "userinfo":
      return /^[^\s:]{1,256}:[^\s:]/.test(text);
    case "opaque":
      return isGenerated(text);
    default:
      return true;
  }
}

/** The working directory in a dump of the environment. */
export function isDirectory(key: string | number, text: string): boolean {
  return (key === "PWD" || key === "OLDPWD") && /^(?:\/|[A-Za-z]:\\)/.test(text);
}

export function isDigits(text: string): boolean {
  if (text.length > 19) return false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 48 || code > 57) return false;
  }
  return true;
}

export function isEmpty(value: object): boolean {
  for (const _ in value) return false;
  return true;
}
