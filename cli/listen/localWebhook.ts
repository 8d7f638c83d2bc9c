import { readInput } from "../../shared/input/readInput.ts";
import { changedInput } from "../../shared/integration/integrationInput.ts";
import {
  type Integration,
  integration as schema,
} from "../../shared/integration/model/integration.ts";
import { Failure } from "../../shared/platform/failure.ts";
import { excerpt } from "../../shared/platform/visibleText.ts";
import { usageError } from "../line/commandError.ts";

export interface LocalWebhookOptions {
  /** Settings of a webhook, as in the API. A reply of the API is accepted. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** `http://localhost:3000`. */
  readonly origin: string;
  /** Replaces the path and the query of the webhook's URL. */
  readonly path: string | undefined;
  /** Signs the requests: `whsec_…` */
  readonly secret: string;
  readonly product: number | undefined;
  /** The id of the integration, which the ids of its deliveries are made of. */
  readonly id: string;
}

/**
 * A webhook whose target is a server on this machine. Its requests are rendered, signed and sent by
 * the code of the cloud. Fails if the settings are not valid, or of another kind.
 */
export const localWebhook = ({
  settings,
  origin,
  path,
  secret,
  product,
  id,
}: LocalWebhookOptions): Integration => {
  const { integration_type: kind = "Webhook" } = settings;
  if (String(kind).toLowerCase() !== "webhook") {
    throw usageError(
      `listen forwards webhooks, and the integration is of the kind ${excerpt(String(kind), 50)}.`,
    );
  }
  const url = localUrl(String(settings.url ?? "http://localhost/"), { origin, path });
  const { integration_type: _kind, name, ...read } = parsed({ ...settings, url });
  return schema.parse({
    ...read,
    kind: "Webhook",
    id,
    name: name ?? "listen",
    fleet: "listen",
    product,
    disabled: false,
    signing: { secret },
    createdAt: new Date(0).toISOString(),
  });
};

const parsed = (settings: object) => {
  try {
    return readInput(changedInput, settings);
  } catch (cause) {
    if (cause instanceof Failure) throw usageError(excerpt(cause.message, 2_000));
    throw cause;
  }
};

/** The URL of a webhook at another origin. It may be a template. */
const localUrl = (
  url: string,
  { origin, path }: { origin: string; path: string | undefined },
): string => {
  if (path !== undefined) return `${origin}${path.startsWith("/") ? path : `/${path}`}`;
  const rest = url.trim().replace(/^https?:\/\/[^/?#]*/i, "");
  return `${origin}${rest.startsWith("/") ? rest : `/${rest}`}`;
};
