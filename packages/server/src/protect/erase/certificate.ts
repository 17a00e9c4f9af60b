// SPDX-License-Identifier: Apache-2.0
import { nameOf, type SelfActor, type SelfEvent, toActor } from "../../self-log.js";

/** What was destroyed, for whom, and what could not be: written down in the transaction that destroyed it. */
export interface Certificate {
  readonly alias: string;
  /** Ids of the keys that are gone. What they encrypted stays in the log and opens for nobody. */
  readonly keys: readonly string[];
  readonly counts: { readonly keys: number; readonly aliases: number };
  readonly askedBy: SelfActor;
  readonly approvedBy: SelfActor;
  readonly asked: string;
  readonly approved: string;
  readonly destroyed: string;
  /** Since when the subject had this key; what was received before was stored under the policy of its time. */
  readonly since: string | null;
  /** Version of the policy in force. */
  readonly policy: string;
  /** Paths at which the policy leaves what may be of a person. */
  readonly leftPlain: readonly string[];
  /** From when on no copy of the data directory holds the key; null when nobody said how long copies are kept. */
  readonly copiesGone: string | null;
}

/** What is said of copies, in the certificate itself: a server cannot reach into them. */
const COPIES =
  "Copies of the data directory made before this moment still hold the key. The erasure is complete when they are gone.";

/** The event that certifies an erasure. The same certificate gives the same event, so that a repeated one adds nothing. */
export function toCertificateEvent(id: string, reason: string, certificate: Certificate): SelfEvent {
  const { alias, keys, counts, askedBy, approvedBy, asked, approved, destroyed, ...rest } = certificate;
  return {
    id,
    time: destroyed,
    action: "log_erased",
    message: "A subject was erased: its key and its alias were destroyed",
    actor: toActor(approvedBy),
    targets: [{ type: "subject", id: alias }],
    data: {
      // Under a name that says they are ids: a generated text under "keys" would be taken for a secret.
      keyIds: [...keys],
      counts: { ...counts },
      why: reason,
      askedBy: nameOf(askedBy),
      askedById: askedBy.id,
      approvedBy: nameOf(approvedBy),
      approvedById: approvedBy.id,
      asked,
      approved,
      destroyed,
      since: rest.since,
      policy: rest.policy,
      leftPlain: [...rest.leftPlain],
      copies: { note: COPIES, madeBefore: destroyed, goneBy: rest.copiesGone },
    },
  };
}
