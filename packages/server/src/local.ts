// SPDX-License-Identifier: Apache-2.0
// Entry `@telltale/server/local`: work on a data directory's state without loading the server (HTTP, index, rules).
export { createOutboxSelfLog, type OutboxSelfLog } from "./access/self-outbox.js";
export { type ApiKey, type Keys, openKeys } from "./access/keys.js";
export { createPasswords } from "./access/passwords.js";
export { KEY_ROLES, type KeyRole, USER_ROLES, type UserRole } from "./access/permissions.js";
export { createUsers, type User, type Users } from "./access/users.js";
export { ApiError } from "./errors.js";
export { readVerifierPage } from "./evidence/verifier-page.js";
export { openState, type State } from "./state/state.js";
export { StateError } from "./state/migrate.js";
export { readVersion } from "./version.js";
export { askServer, ControlError } from "./control/client.js";
export type { KeyRotation } from "./log-key/rotate.js";
