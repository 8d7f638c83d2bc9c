import * as z from "zod";
import { invalidRequest, notFound } from "../../../http/restFailure.ts";
import type { RestRequest } from "../../../http/restHandler.ts";
import type { Certificate } from "../../registry.ts";
import {
  type ControlPlane,
  certificateArn,
  findCertificate,
  findThing,
  json,
  read,
} from "./request.ts";

/** https://docs.aws.amazon.com/iot/latest/apireference/API_AttachPolicy.html */
export const attachPolicy = async (
  { params, body }: RestRequest,
  { registry, policies }: ControlPlane,
): Promise<object> => {
  const { policyName = "" } = params;
  const id = targetIn(body);
  if (!policies.has(policyName)) throw notFound(`the policy ${policyName} does not exist`);
  const certificate = findCertificate(registry, id);
  const names = [...new Set([...certificate.policies, policyName])];
  await registry.certificates.put(certificate.id, { ...certificate, policies: names });
  return {};
};

/**
 * Succeeds when the policy is not attached or no longer exists.
 * https://docs.aws.amazon.com/iot/latest/apireference/API_DetachPolicy.html
 */
export const detachPolicy = async (
  { params, body }: RestRequest,
  { registry }: ControlPlane,
): Promise<object> => {
  const certificate = findCertificate(registry, targetIn(body));
  const policies = certificate.policies.filter((name) => name !== params.policyName);
  await registry.certificates.put(certificate.id, { ...certificate, policies });
  return {};
};

const targetIn = (body: Buffer): string =>
  idIn(read(z.strictObject({ target: z.string() }), json(body)).target);

/** https://docs.aws.amazon.com/iot/latest/apireference/API_AttachThingPrincipal.html */
export const attachThing = async (
  request: RestRequest,
  { registry }: ControlPlane,
): Promise<object> => {
  const thing = findThing(registry, request.params.thingName);
  const certificate = findCertificate(registry, principalOf(request));
  await putThings(certificate, [...new Set([...certificate.things, thing.name])], registry);
  return {};
};

/** https://docs.aws.amazon.com/iot/latest/apireference/API_DetachThingPrincipal.html */
export const detachThing = async (
  request: RestRequest,
  { registry }: ControlPlane,
): Promise<object> => {
  const thing = findThing(registry, request.params.thingName);
  const certificate = findCertificate(registry, principalOf(request));
  const things = certificate.things.filter((name) => name !== thing.name);
  await putThings(certificate, things, registry);
  return {};
};

const putThings = (
  certificate: Certificate,
  things: string[],
  { certificates }: ControlPlane["registry"],
): Promise<void> => certificates.put(certificate.id, { ...certificate, things });

/** https://docs.aws.amazon.com/iot/latest/apireference/API_ListThingPrincipals.html */
export const listPrincipals = (
  { params }: RestRequest,
  { registry, arnPrefix }: ControlPlane,
): object => {
  const { name } = findThing(registry, params.thingName);
  const attached = [...registry.certificates.all()].filter(({ things }) => things.includes(name));
  return { principals: attached.map(({ id }) => certificateArn(id, arnPrefix)) };
};

const principalOf = ({ headers }: RestRequest): string =>
  idIn([headers["x-amzn-principal"] ?? ""].flat().join());

const idIn = (arn: string): string => {
  const id = /:cert\/([0-9a-f]{64})$/.exec(arn)?.[1];
  if (id === undefined) throw invalidRequest(`${arn} is not the ARN of a certificate`);
  return id;
};
