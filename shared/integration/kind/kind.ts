import * as z from "zod/mini";
import type { DeviceEvent } from "../../event/deviceEvent.ts";
import type { TargetReply, TargetRequest } from "../../target/target.ts";
import type { Problem } from "../../template/templateProblem.ts";

/** The input of a request: an event, and the delivery id that the target detects duplicates by. */
export interface RenderInput {
  readonly id: string;
  readonly event: DeviceEvent;
  /** The device's firmware version, if the integration uses it. */
  readonly version?: string | undefined;
}

/** The input with the rendered request (`renderRequest`). */
export interface PreparedRequest extends RenderInput {
  readonly request: TargetRequest;
}

/** Dependencies of `send`. */
export interface SendDeps {
  readonly sendRequest: (request: TargetRequest) => Promise<TargetReply>;
  readonly now: () => number;
  /** Returns the cached token of a key, or calls `get` if there is none or it expires soon. */
  readonly token: (key: string, get: () => Promise<Token>) => Promise<string>;
}

/** An access token of a target's service. */
export interface Token {
  readonly text: string;
  /** Expiry, in milliseconds since 1970. */
  readonly until: number;
}

/**
 * A kind of integration. To add one, create a file in this folder and add a line to each table of
 * kinds.
 */
export interface Kind<Settings> {
  /**
   * Parses input and stored settings. A setting that was once valid stays valid. Idempotent:
   * parsing its own output returns the same.
   */
  readonly settings: z.ZodMiniType<Settings>;
  /** A short name of the target, for the integration's default name. */
  readonly target: (settings: Settings) => string;
  /**
   * Returns a problem of settings that match the schema. Called only on input, because it may be
   * slow.
   */
  readonly problem?: (settings: Settings) => Problem | undefined;
  /**
   * Settings that are never shown and are stored encrypted. A reader without the key gets other
   * texts in their place, so any text must be valid.
   */
  readonly secrets: readonly (keyof Settings & string)[];
  /** Whether requests are signed by Standard Webhooks. */
  readonly signed: boolean;
  /**
   * Renders the request for an event, without authentication and time. Fails with
   * `invalid_request`.
   */
  readonly render: (integration: Common & Settings, input: RenderInput) => TargetRequest;
  /** The authentication headers that an attempt adds, each with a description. */
  readonly authHeaderHints: (
    integration: Pick<Common, "signing"> & Settings,
  ) => Readonly<Record<string, string>>;
  /** Sends the prepared request once. */
  readonly send: (
    integration: Common & Settings,
    prepared: PreparedRequest,
    sendDeps: SendDeps,
  ) => Promise<TargetReply>;
}

/** The secrets that sign a webhook's requests. */
const signing = z.object({
  /** `whsec_` and the key in base64: https://github.com/standard-webhooks/standard-webhooks */
  secret: z.string(),
  /** The previous secret, which also signs until this time, in milliseconds since 1970. */
  former: z.optional(z.object({ secret: z.string(), until: z.number() })),
});

export type Signing = z.output<typeof signing>;

/** Settings of every kind of integration. The names are those of the REST API. */
export const common = z.object({
  id: z.string(),
  fleet: z.string(),
  /** The product id, if the fleet is a product's. */
  product: z.optional(z.int()),
  /** Prefix of event names (case-sensitive). */
  event: z.string(),
  /** Only events of this device. Absent: all devices. */
  deviceID: z.optional(z.string()),
  name: z.string(),
  disabled: z.boolean(),
  /** Why the cloud disabled it. */
  disabledReason: z.optional(z.string()),
  /** When the owner last enabled it again, in milliseconds since 1970. */
  enabledAt: z.optional(z.number()),
  /** How long a delivery is retried, in seconds after its event. Absent: the whole schedule. */
  deadline: z.optional(z.int()),
  /** Which response events are published. Defaults: docs/adr/0012. */
  hookSent: z.optional(z.boolean()),
  hookResponse: z.optional(z.boolean()),
  hookError: z.optional(z.boolean()),
  /** Absent in integrations from before signatures. */
  signing: z.optional(signing),
  /** Incremented by each write. Absent until the first change. */
  revision: z.optional(z.int()),
  /** Creation time, ISO 8601. */
  createdAt: z.string(),
});

export type Common = z.output<typeof common>;

/**
 * Replaces a secret where an integration is shown. It must not become the secret when it is sent
 * back.
 */
export const hiddenSecret = "********";
