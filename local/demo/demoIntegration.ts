import { readFile } from "node:fs/promises";
import * as z from "zod";
import type { Log } from "../platform/log.ts";
import { removeFileAtomically, writeFileAtomically } from "../state/atomicWrite.ts";

const storedWebhook = z.object({ id: z.string(), url: z.string() });

/** The integration of an earlier start, with its target URL. */
export type StoredWebhook = z.output<typeof storedWebhook>;

/** The integration that `file` records, if any. */
export const readStoredWebhook = async (file: string): Promise<StoredWebhook | undefined> => {
  try {
    return storedWebhook.parse(JSON.parse(await readFile(file, "utf8")));
  } catch {
    // A first start, or an edited file: a new integration is created.
    return undefined;
  }
};

interface Deps {
  readonly api: string;
  readonly token: string;
  readonly file: string;
  readonly earlier: StoredWebhook | undefined;
}

/**
 * Ensures that an integration delivers temperature events to `url`, through the HTTP API as any
 * user would.
 */
export const ensureWebhook = async (
  url: string,
  { api, token, file, earlier }: Deps,
): Promise<void> => {
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const path = `${api}/v1/integrations`;
  if (earlier?.url === url) {
    const { ok } = await fetch(`${path}/${earlier.id}`, { headers });
    if (ok) return;
  }
  if (earlier !== undefined) await fetch(`${path}/${earlier.id}`, { method: "DELETE", headers });
  const body = JSON.stringify({ event: "temperature", url, integration_type: "Webhook" });
  const answer = await fetch(path, { method: "POST", headers, body });
  if (!answer.ok)
    throw new Error(`the demo webhook cannot be created: ${answer.status} ${await answer.text()}`);
  const { id } = z.object({ id: z.string() }).parse(await answer.json());
  await writeFileAtomically(file, JSON.stringify({ id, url }));
};

/**
 * Deletes the integration of an earlier start with the demo: its target no longer exists, so every
 * delivery would fail. If that fails, logs a warning; the next start retries.
 */
export const removeWebhook = async (
  file: string,
  { api, token, log }: { api: string; token: string; log: Log },
): Promise<void> => {
  const earlier = await readStoredWebhook(file);
  if (earlier === undefined) return;
  const headers = { authorization: `Bearer ${token}` };
  const { ok, status } = await fetch(`${api}/v1/integrations/${earlier.id}`, {
    method: "DELETE",
    headers,
  });
  if (ok || status === 404) await removeFileAtomically(file);
  else
    log(
      "the demo webhook of an earlier start was not deleted",
      { integration: earlier.id, status },
      "warn",
    );
};
