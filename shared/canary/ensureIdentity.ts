import * as z from "zod/mini";
import { canaryReceiverPath } from "../routes/healthRoutes.ts";
import type { CanaryAdmin } from "./canaryAdmin.ts";
import type { CanaryIdentities, CanaryIdentity } from "./identity.ts";
import { canaryRenewalFraction } from "./limits.ts";
import type { CanaryApi } from "./ports.ts";

interface Deps {
  readonly identities: CanaryIdentities;
  readonly admin: CanaryAdmin;
  /** Makes a private key and its signing request, both in PEM. */
  readonly newKey: () => Promise<{ privateKey: string; csr: string }>;
  readonly now: () => number;
  readonly onError: (what: string, error: unknown) => void;
}

/**
 * The identity of this region's canary. The first run creates it, and a later one when half of the
 * validity of its certificate has passed; while that fails, the earlier identity is used. `known`
 * is the identity of the run before. A crash before the identity is stored leaves a user and a
 * device that the next run replaces.
 */
export const ensureIdentity = async (
  deps: Deps,
  known?: CanaryIdentity,
): Promise<CanaryIdentity> => {
  if (known !== undefined && isCurrent(known, deps)) return known;
  const { identities, onError } = deps;
  let usable = known;
  try {
    const stored = await identities.find();
    if (stored !== undefined && isCurrent(stored, deps)) return stored;
    usable ??= stored;
    const made = await createIdentity(deps);
    // It has replaced the earlier one.
    if (usable !== undefined) usable = made;
    await identities.put(made);
    return made;
  } catch (error) {
    if (usable === undefined) throw error;
    onError("the identity of the canary was not renewed", error);
    return usable;
  }
};

const isCurrent = (
  { renewAt = Number.POSITIVE_INFINITY }: CanaryIdentity,
  { now }: Pick<Deps, "now">,
): boolean => now() < renewAt;

const createIdentity = async ({ admin, newKey }: Deps): Promise<CanaryIdentity> => {
  const { privateKey, csr } = await newKey();
  const { token, device, endpoint, issuedAt, expiresAt } = await admin.provision(csr);
  const renewAt =
    issuedAt === undefined || expiresAt === undefined
      ? undefined
      : issuedAt + (expiresAt - issuedAt) * canaryRenewalFraction;
  return {
    token,
    endpoint,
    device: { ...device, privateKey },
    ...(renewAt !== undefined && { renewAt }),
  };
};

/** One that cannot be read has only its id. */
const listed = z.array(z.object({ id: z.string(), disabled: z.optional(z.boolean()) }));

interface IntegrationDeps {
  readonly api: Pick<CanaryApi, "send">;
  readonly identities: CanaryIdentities;
  /** The URL of the API, without a slash at its end. */
  readonly apiUrl: string;
  readonly signal: AbortSignal;
}

/**
 * Ensures that the canary has one enabled integration, whose target is a route of this region's
 * API. Creates it again if someone has removed it, if it was disabled after days of failures, or if
 * the API has another URL.
 */
export const ensureIntegration = async (
  identity: CanaryIdentity,
  { api, identities, apiUrl, signal }: IntegrationDeps,
): Promise<CanaryIdentity> => {
  const url = `${apiUrl}${canaryReceiverPath}`;
  const { status, body } = await api.send({ method: "GET", path: "/v1/integrations" }, signal);
  if (status !== 200) throw new Error(`the list of integrations was answered with ${status}`);
  const all = listed.parse(body);
  const kept = all.find(
    ({ id, disabled }) => id === identity.integration?.id && disabled === false,
  );
  const isKept = kept !== undefined && identity.integration?.url === url;
  for (const { id } of all) {
    if (isKept && id === kept.id) continue;
    await api.send({ method: "DELETE", path: `/v1/integrations/${id}` }, signal);
  }
  if (isKept) return identity;
  const created = await api.send(
    { method: "POST", path: "/v1/integrations", body: webhook(url) },
    signal,
  );
  if (created.status >= 300) {
    throw new Error(`the integration was answered with ${created.status}`);
  }
  const { id } = z.object({ id: z.string() }).parse(created.body);
  const complete = { ...identity, integration: { id, url } };
  await identities.put(complete);
  return complete;
};

const webhook = (url: string): object => ({
  integration_type: "Webhook",
  name: "Canary",
  event: "canary/",
  url,
  requestType: "POST",
  json: { nonce: "{{{PARTICLE_EVENT_VALUE}}}" },
  noDefaults: true,
  // A later attempt would answer no check.
  deadline: 30,
});
