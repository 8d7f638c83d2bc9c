import type { JsonSchema } from "../../input/documentAs.ts";

/** A kind of message on a channel. */
export interface Message {
  readonly summary: string;
  /** Default: JSON. */
  readonly contentType?: string;
  readonly headers?: JsonSchema;
  readonly payload: JsonSchema;
  /** Where the id is that a reply or a repeat has in common with this message. */
  readonly correlationId?: { readonly location: string; readonly description: string };
  readonly examples: readonly { readonly payload: unknown; readonly headers?: object }[];
}

/** What the cloud does with the messages of a channel. */
export interface Operation {
  readonly summary: string;
  /** The messages of the channel; by default all. */
  readonly messages?: readonly string[];
  /** Where the answer is sent. */
  readonly reply?: { readonly channel: string; readonly messages: readonly string[] };
  readonly security?: readonly JsonSchema[];
  readonly bindings?: JsonSchema;
}

/** A channel of the cloud, with its messages and operations by name. */
export interface Channel {
  readonly server: "mqtt" | "api" | "target";
  /** `null`: a client of the cloud decides the address. */
  readonly address: string | null;
  readonly summary: string;
  readonly messages: Readonly<Record<string, Message>>;
  /** The cloud receives messages. */
  readonly receive?: Readonly<Record<string, Operation>>;
  /** The cloud sends messages. */
  readonly send?: Readonly<Record<string, Operation>>;
}

export type Channels = Readonly<Record<string, Channel>>;

/** Whether a schema is for messages of clients, or of the cloud; `closed` is for tests. */
export type SendUse = "reply" | "closedReply";
