// SPDX-License-Identifier: Apache-2.0
import type { Attack } from "../attack.js";
import { anotherKey } from "./another-key.js";
import { cutAndSign } from "./cut-and-sign.js";
import { cutTail } from "./cut-tail.js";
import { deleteLog } from "./delete-log.js";
import { edit } from "./edit.js";
import { editAndSign } from "./edit-and-sign.js";
import { insert } from "./insert.js";
import { oldKeyAhead } from "./old-key-ahead.js";
import { oldKeyHistory } from "./old-key-history.js";
import { remove } from "./remove.js";
import { reorder } from "./reorder.js";
import { replaceLog } from "./replace-log.js";
import { restoreEverything, restoreEverythingUnseen } from "./restore-everything.js";
import { restoreLog } from "./restore-log.js";
import { restoreLogAndHead } from "./restore-log-and-head.js";
import { restoreWitnessToo } from "./restore-witness-too.js";
import { splitView } from "./split-view.js";

/** The rows of the matrix, in their order. One more: its file in this folder, and one line here. */
export const ATTACKS: readonly Attack[] = [
  edit,
  insert,
  remove,
  reorder,
  cutTail,
  deleteLog,
  cutAndSign,
  replaceLog,
  editAndSign,
  splitView,
  restoreLog,
  restoreLogAndHead,
  restoreWitnessToo,
  restoreEverything,
  restoreEverythingUnseen,
  oldKeyAhead,
  oldKeyHistory,
  anotherKey,
];
