// SPDX-License-Identifier: Apache-2.0
import { compact } from "./compact.js";
import {
  toActor,
  toClientEndpoint,
  toEntity,
  toHttp,
  toResource,
  toSourceEndpoint,
  toUser,
} from "./ocsf-objects.js";
import type { SecurityEvent } from "./shape.js";
import { findAction } from "./vocabulary.js";

/** What one class of events adds to the attributes that all have. */
export interface OcsfClass {
  readonly build: (event: SecurityEvent, activity: number) => object;
  /** Whether client and request have a place in it. */
  readonly hasRequest: boolean;
  /** Profiles that bring attributes which are in use here. */
  readonly profiles?: readonly string[];
}

/** Account Switch: by impersonation. */
const SWITCH = 7;
const IMPERSONATE = 2;

function request(event: SecurityEvent): object {
  return { actor: toActor(event), src_endpoint: toClientEndpoint(event), ...toHttp(event) };
}

function application(event: SecurityEvent): object {
  return { actor: toActor(event), src_endpoint: toSourceEndpoint(event), ...toHttp(event) };
}

function service({ source }: SecurityEvent): object {
  return { name: source.app, version: source.version };
}

function resources({ targets }: SecurityEvent): object[] {
  return (targets ?? []).map(toResource);
}

/** OCSF's classes that the vocabulary names, by their uid. */
export const OCSF_CLASSES: ReadonlyMap<number, OcsfClass> = new Map<number, OcsfClass>([
  [
    2004,
    {
      // Detection Finding
      build: (event) => ({
        actor: toActor(event),
        finding_info: { uid: event.id, title: findAction(event.action)?.summary ?? event.action },
        evidences: [compact({ ...request(event) }, new Set())],
        resources: resources(event),
      }),
      hasRequest: true,
      profiles: ["host"],
    },
  ],
  // Account Change
  [3001, { build: (event) => ({ ...request(event), user: toUser(event) }), hasRequest: true }],
  [
    3002,
    {
      // Authentication
      build: (event, activity) => ({
        ...request(event),
        user: toUser(event),
        service: service(event),
        session: { uid: event.actor?.session },
        account_switch_type_id: activity === SWITCH ? IMPERSONATE : undefined,
      }),
      hasRequest: true,
    },
  ],
  // Entity Management
  [3004, { build: (event) => ({ ...request(event), entity: toEntity(event) }), hasRequest: true }],
  [
    6001,
    {
      // Web Resources Activity
      build: (event) => {
        const named = resources(event);
        const { request, source } = event;
        return {
          ...application(event),
          web_resources: named.length > 0 ? named : [{ name: request?.path ?? source.app }],
        };
      },
      hasRequest: true,
      profiles: ["host"],
    },
  ],
  [
    6002,
    {
      // Application Lifecycle
      build: (event) => ({ actor: toActor(event), app: service(event) }),
      hasRequest: false,
      profiles: ["host"],
    },
  ],
  [
    6003,
    {
      // API Activity
      build: (event) => ({
        ...application(event),
        api: { operation: event.request?.route ?? event.action, service: service(event) },
        resources: resources(event),
      }),
      hasRequest: true,
    },
  ],
  [
    6006,
    {
      // File Hosting Activity
      build: (event) => {
        const file = event.targets?.find(({ type }) => type !== "user");
        return {
          ...application(event),
          // Both are required; 0 is unknown.
          file: { name: file?.name ?? file?.id ?? "unknown", uid: file?.id, type_id: 0 },
        };
      },
      hasRequest: true,
    },
  ],
  // Application Error
  [6008, { build: (event) => ({ actor: toActor(event) }), hasRequest: false, profiles: ["host"] }],
]);
