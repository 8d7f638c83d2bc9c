import * as z from "zod/mini";
import type { DeviceEvent } from "../../event/deviceEvent.ts";
import type { TargetReply, TargetRequest } from "../../target/target.ts";
import type { Problem } from "../../template/templateProblem.ts";

/** What is to be sent: an event, and the id that the target knows a repeat by. */
export interface RenderInput {
  readonly id: string;
  readonly event: DeviceEvent;
  /** The version of the firmware that the device has said, where the integration uses it. */
  readonly version?: string | undefined;
}

/** What is to be sent, with the request made of it: `renderRequest`. */
export interface PreparedRequest extends RenderInput {
  readonly request: TargetRequest;
}

/** What a kind needs from the world to send. */
export interface SendDeps {
  readonly sendRequest: (request: TargetRequest) => Promise<TargetReply>;
  readonly now: () => number;
  /** Runs `get` unless its answer is remembered under this key and good for a while yet. */
  readonly token: (key: string, get: () => Promise<Token>) => Promise<string>;
}

/** What a target's own service gives for a credential. */
export interface Token {
  readonly text: string;
  /** Until when it is good, in milliseconds since 1970. */
  readonly until: number;
}

/** One kind of place where events go. A new kind is one file in `kinds/` and one line in each table of kinds. */
export interface Kind<Settings> {
  /**
   * Reads what a user chooses, and what was stored: a setting, once allowed, stays allowed. What it makes of
   * its own output is the same again.
   */
  readonly settings: z.ZodMiniType<Settings>;
  /** Where events go, in a word: for the integration's name. */
  readonly target: (settings: Settings) => string;
  /** What is wrong with settings that look right. Only said when they are chosen: to find out takes a while. */
  readonly problem?: (settings: Settings) => Problem | undefined;
  /**
   * The settings that are never shown, and are sealed where they are stored. Whoever needs no secret reads
   * other texts in their place: any text must do.
   */
  readonly secrets: readonly (keyof Settings & string)[];
  /** Whether its requests are signed by Standard Webhooks. */
  readonly signed: boolean;
  /** The request for an event, as far as it says nothing of who asks and when. Fails with `invalid_request`. */
  readonly render: (integration: Common & Settings, input: RenderInput) => TargetRequest;
  /** The headers that an attempt adds to prove who asks, each with a word on what it is. */
  readonly authHeaderHints: (
    integration: Pick<Common, "signing"> & Settings,
  ) => Readonly<Record<string, string>>;
  /** Makes one attempt with the prepared request. */
  readonly send: (
    integration: Common & Settings,
    prepared: PreparedRequest,
    sendDeps: SendDeps,
  ) => Promise<TargetReply>;
}

/** With what a webhook's requests are signed. */
const signing = z.object({
  /** `whsec_` and the key in base64: https://github.com/standard-webhooks/standard-webhooks */
  secret: z.string(),
  /** The one before, which signs too until this time, in milliseconds since 1970. */
  former: z.optional(z.object({ secret: z.string(), until: z.number() })),
});

export type Signing = z.output<typeof signing>;

/** What the cloud knows of every integration, whatever its kind. The names are those of the REST API. */
export const common = z.object({
  id: z.string(),
  fleet: z.string(),
  /** The number of the product whose fleet it is. */
  product: z.optional(z.int()),
  /** Its events' names begin with this, case and all. */
  event: z.string(),
  /** Only events of this device; without it, of every device. */
  deviceID: z.optional(z.string()),
  name: z.string(),
  disabled: z.boolean(),
  /** Why the cloud disabled it. */
  disabledReason: z.optional(z.string()),
  /** When its owner last enabled it again, in milliseconds since 1970. */
  enabledAt: z.optional(z.number()),
  /** How long a delivery is tried, in seconds after its event; without it the whole schedule is used. */
  deadline: z.optional(z.int()),
  /** Whether attempts, replies and failures are told as events; what happens without is in docs/adr/0012. */
  hookSent: z.optional(z.boolean()),
  hookResponse: z.optional(z.boolean()),
  hookError: z.optional(z.boolean()),
  /** Absent in an integration that was made before there were signatures. */
  signing: z.optional(signing),
  /** One more each time that it is written; absent in one that is as it was made. */
  revision: z.optional(z.int()),
  /** When it was made, ISO 8601. */
  createdAt: z.string(),
});

export type Common = z.output<typeof common>;

/** Stands for a secret where an integration is shown. What was shown and is sent back must not become the secret. */
export const hiddenSecret = "********";
