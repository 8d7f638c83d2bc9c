import { webhook } from "./kinds/webhook.ts";

/** Every kind of integration, under its name in the REST API. */
export const kinds = { Webhook: webhook } as const;

/** The name of a kind. */
export type KindName = keyof typeof kinds;
