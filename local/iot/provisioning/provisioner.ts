import { randomBytes, randomUUID } from "node:crypto";
import * as z from "zod";
import type { Access } from "../../iam/access.ts";
import { provisioningPermissions } from "../../iam/permission/iotProvisioning.ts";
import type { Place } from "../../iam/permission/permission.ts";
import { authorizeService, mayInvoke } from "../../iam/serviceRole.ts";
import type { Log } from "../../platform/log.ts";
import type { Connection } from "../broker/connections.ts";
import { sendDirect } from "../broker/directMessage.ts";
import type { Authority } from "../certificate/authority.ts";
import { publicKeyOf, SigningRequestError } from "../certificate/signingRequest.ts";
import { hookTimeoutMs, ownershipTokenMs, ownershipTokensMax } from "../limits.ts";
import type { Registry } from "../registry.ts";
import { topicMatcher } from "../topic.ts";
import type { ProvisioningTemplate, ProvisioningTemplates, Value } from "./template.ts";
import { isRequest, requestPatterns as patterns } from "./topics.ts";

/** Implements the MQTT API of device provisioning. */
export interface Provisioner {
  /** Whether a topic is a request of this API. */
  isRequest(topic: string): boolean;
  /** Responds to one client, on the request's topic with `/accepted` or `/rejected`. */
  answer(connection: Connection, request: { topic: string; payload: Buffer }): Promise<void>;
}

interface Deps {
  readonly authority: Authority;
  readonly registry: Registry;
  readonly templates: ProvisioningTemplates;
  /** Invokes a function by its ARN. */
  readonly invoke: (functionArn: string, event: object) => Promise<unknown>;
  readonly place: Place;
  /** The roles of the account; without it, templates may do everything. */
  readonly access: Access | undefined;
  readonly log: Log;
  readonly now: () => number;
}

/** A request that IoT Core rejects. */
class Rejected extends Error {
  override readonly name = "Rejected";
  readonly statusCode: number;
  readonly errorCode: string;

  constructor(statusCode: number, errorCode: string, message: string) {
    super(message);
    this.statusCode = statusCode;
    this.errorCode = errorCode;
  }
}

interface PendingCertificate {
  readonly certificateId: string;
  readonly pem: string;
  readonly endsAt: number;
}

/**
 * Device provisioning over MQTT with JSON payloads. A created certificate is PENDING_ACTIVATION
 * until its ownership token is used. It is removed when the token expires after an hour, and at the
 * next start of the process; IoT Core removes it after a day.
 * https://docs.aws.amazon.com/iot/latest/developerguide/fleet-provision-api.html
 */
export const openProvisioner = async (deps: Deps): Promise<Provisioner> => {
  const tokens = new Map<string, PendingCertificate>();
  const { certificates } = deps.registry;
  const pending = [...certificates.all()].filter(({ status }) => status === "PENDING_ACTIVATION");
  for (const { id } of pending) await certificates.remove(id);
  return {
    isRequest,
    async answer(connection, { topic, payload }) {
      const reply = (suffix: string, body: object): Promise<void> =>
        send(connection, `${topic}/${suffix}`, body);
      try {
        await reply("accepted", await handle(topic, { payload, connection }, { ...deps, tokens }));
      } catch (error) {
        if (!(error instanceof Rejected)) deps.log("provisioning failed", { error }, "error");
        const { statusCode, errorCode, message } = error instanceof Rejected ? error : internal;
        await reply("rejected", { statusCode, errorCode, errorMessage: message });
      }
    },
  };
};

const internal = new Rejected(500, "InternalError", "Internal error");

/** Sends only to this client, if it has subscribed to the response and may receive it. */
const send = async (connection: Connection, topic: string, body: object): Promise<void> => {
  const hasSubscribed = [...connection.filters].some((filter) => topicMatcher(filter)(topic));
  const isAllowed = connection.permissions.allow("iot:Receive", `topic/${topic}`);
  if (!hasSubscribed || !isAllowed) return;
  await sendDirect(connection, { topic, payload: Buffer.from(JSON.stringify(body)) });
};

interface ProvisionerDeps extends Deps {
  readonly tokens: Map<string, PendingCertificate>;
}

interface ProvisionerRequest {
  readonly payload: Buffer;
  readonly connection: Connection;
}

const handle = async (
  topic: string,
  { payload, connection }: ProvisionerRequest,
  deps: ProvisionerDeps,
): Promise<object> => {
  if (patterns.create.test(topic)) return create(deps);
  if (patterns.createFromCsr.test(topic)) return createFromCsr(read(csrRequest, payload), deps);
  const [, name = ""] = patterns.provision.exec(topic) ?? [];
  return provision(name, { request: read(provisionRequest, payload), connection }, deps);
};

const csrRequest = z.object({ certificateSigningRequest: z.string().min(1) });
const provisionRequest = z.object({
  certificateOwnershipToken: z.string(),
  parameters: z.record(z.string(), z.string()).default({}),
});

const read = <Schema extends z.ZodType>(schema: Schema, payload: Buffer): z.output<Schema> => {
  try {
    return schema.parse(JSON.parse(payload.toString()));
  } catch {
    throw new Rejected(400, "InvalidPayload", "The payload is not valid.");
  }
};

const create = async (deps: ProvisionerDeps): Promise<object> => {
  const { certificate, certificateId, privateKey } = await deps.authority.issueDevice();
  return { ...(await addPending({ certificate, certificateId }, deps)), privateKey };
};

const createFromCsr = (
  { certificateSigningRequest }: z.output<typeof csrRequest>,
  deps: ProvisionerDeps,
): Promise<object> => {
  try {
    return addPending(deps.authority.certifyDevice(publicKeyOf(certificateSigningRequest)), deps);
  } catch (error) {
    if (!(error instanceof SigningRequestError)) throw error;
    throw new Rejected(400, "InvalidCertificateSigningRequest", error.message);
  }
};

const addPending = async (
  { certificate: pem, certificateId }: { certificate: string; certificateId: string },
  { registry, tokens, now }: ProvisionerDeps,
): Promise<object> => {
  for (const [token, { certificateId: id, endsAt }] of tokens) {
    if (endsAt > now() && tokens.size < ownershipTokensMax) break;
    tokens.delete(token);
    await registry.certificates.remove(id);
  }
  const pending = { id: certificateId, pem, status: "PENDING_ACTIVATION" } as const;
  await registry.certificates.put(certificateId, { ...pending, policies: [], things: [] });
  const certificateOwnershipToken = randomBytes(64).toString("base64");
  tokens.set(certificateOwnershipToken, { certificateId, pem, endsAt: now() + ownershipTokenMs });
  return { certificateId, certificatePem: pem, certificateOwnershipToken };
};

const provision = async (
  name: string,
  {
    request: { certificateOwnershipToken: token, parameters },
    connection,
  }: { request: z.output<typeof provisionRequest>; connection: Connection },
  deps: ProvisionerDeps,
): Promise<object> => {
  const template = deps.templates.get(name);
  if (template === undefined || !template.isEnabled) {
    throw new Rejected(404, "ResourceNotFoundException", `Template ${name} not found or disabled.`);
  }
  const owned = deps.tokens.get(token);
  if (owned === undefined || owned.endsAt <= deps.now()) {
    const why = "The certificate ownership token is not valid.";
    throw new Rejected(400, "InvalidCertificateOwnershipToken", why);
  }
  const event = {
    claimCertificateId: connection.peer.principal,
    certificateId: owned.certificateId,
    certificatePem: owned.pem,
    templateArn: template.arn,
    clientId: connection.clientId,
    parameters,
  };
  // Of several concurrent requests with one token, one provisions a device.
  deps.tokens.delete(token);
  try {
    assertMayInvoke(template, deps);
    const overrides = await invokeHook(template, event, deps);
    const values = { ...parameters, ...overrides, [certificateIdName]: owned.certificateId };
    return await apply(template, { values, owned }, deps);
  } catch (error) {
    deps.tokens.set(token, owned);
    throw error;
  }
};

/** Fails unless the template's role may register a device. */
const authorizeRegistering = (
  { roleArn, arn }: ProvisioningTemplate,
  registered: Parameters<ReturnType<typeof provisioningPermissions>>[0],
  { access, place, log }: ProvisionerDeps,
): void => {
  const role = { access, roleArn, service: "iot.amazonaws.com", sourceArn: arn };
  try {
    authorizeService(
      { ...role, account: place.account },
      provisioningPermissions(place)(registered),
    );
  } catch (error) {
    log("the provisioning role may not register a device", { template: arn, error }, "error");
    throw new Rejected(403, "AccessDenied", "Access denied.");
  }
};

/** IoT Core invokes a hook only if the function's policy allows it for the template. */
const assertMayInvoke = (
  { hook, arn }: ProvisioningTemplate,
  { access, place: { account }, log }: ProvisionerDeps,
): void => {
  if (hook === undefined) return;
  const source = { service: "iot.amazonaws.com", sourceArn: arn, account };
  if (mayInvoke(access, { functionArn: hook, ...source })) return;
  log("IoT Core may not invoke the pre-provisioning hook", { hook, template: arn }, "error");
  throw new Rejected(403, "AccessDenied", "The pre-provisioning hook failed.");
};

const certificateIdName = "AWS::IoT::Certificate::Id";

const hookAnswer = z.object({
  allowProvisioning: z.boolean(),
  parameterOverrides: z.record(z.string(), z.string()).default({}),
});

/**
 * Invokes the hook. IoT Core waits five seconds for it and rejects the request when the hook fails.
 */
const invokeHook = async (
  { hook }: ProvisioningTemplate,
  event: object,
  { invoke, log }: ProvisionerDeps,
): Promise<Readonly<Record<string, string>>> => {
  if (hook === undefined) return {};
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error("the hook timed out")), hookTimeoutMs);
  try {
    const answer = hookAnswer.parse(await Promise.race([invoke(hook, event), late]));
    if (answer.allowProvisioning) return answer.parameterOverrides;
  } catch (error) {
    log("pre-provisioning hook failed", { hook, error }, "warn");
    throw new Rejected(403, "AccessDenied", "The pre-provisioning hook failed.");
  } finally {
    clearTimeout(timer);
  }
  throw new Rejected(403, "AccessDenied", "The pre-provisioning hook declined the request.");
};

const apply = async (
  template: ProvisioningTemplate,
  { values, owned }: { values: Readonly<Record<string, string>>; owned: PendingCertificate },
  deps: ProvisionerDeps,
): Promise<object> => {
  const { body } = template;
  const { registry } = deps;
  const resolveValue = (value: Value): string => {
    if (typeof value === "string") return value;
    const found = values[value.Ref] ?? body.Parameters[value.Ref]?.Default;
    if (found === undefined) {
      throw new Rejected(400, "InvalidParameters", `The parameter ${value.Ref} is missing.`);
    }
    return found;
  };
  const resolved = (record: Readonly<Record<string, Value>>) =>
    Object.fromEntries(Object.entries(record).map(([key, value]) => [key, resolveValue(value)]));
  const { thing, policy } = body.Resources;
  const thingName = resolveValue(thing.Properties.ThingName);
  const attributes = resolved(thing.Properties.AttributePayload);
  const deviceConfiguration = resolved(body.DeviceConfiguration);
  const policyName = resolveValue(policy.Properties.PolicyName);
  authorizeRegistering(
    template,
    { thing: thingName, certificate: owned.certificateId, policy: policyName },
    deps,
  );
  const before = registry.things.get(thingName);
  await registry.things.put(thingName, {
    name: thingName,
    id: before?.id ?? randomUUID(),
    attributes: { ...before?.attributes, ...attributes },
    version: (before?.version ?? 0) + 1,
  });
  await registry.certificates.put(owned.certificateId, {
    id: owned.certificateId,
    pem: owned.pem,
    status: "ACTIVE",
    policies: [policyName],
    things: [thingName],
  });
  return { deviceConfiguration, thingName };
};
