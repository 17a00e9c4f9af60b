// SPDX-License-Identifier: Apache-2.0
import { LogError } from "@telltale/log";
import { ApiError } from "../errors.js";

/** Answers 410 for events that retention has removed. */
export async function unlessPruned<T>(read: Promise<T>): Promise<T> {
  try {
    return await read;
  } catch (error) {
    if (error instanceof LogError && error.code === "pruned") throw new ApiError("pruned", { cause: error });
    throw error;
  }
}
