import { randomUUID } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import * as z from "zod";
import type { Authority } from "../certificate/authority.ts";
import type { Policies } from "../policy/policies.ts";
import type { Certificate, Registry, Thing } from "../registry.ts";
import { alreadyExists, invalidRequest, notFound } from "./restFailure.ts";
import type { RestRequest, RestRoute } from "./restServer.ts";

export interface ControlPlaneOptions {
  readonly registry: Registry;
  readonly authority: Authority;
  readonly policies: Policies;
  /** What stands before the resource in an ARN. */
  readonly arnPrefix: string;
  /** Host and port of the data plane. */
  readonly dataEndpoint: string;
  /** Closes the connections of a certificate that may connect no more. */
  readonly disconnect: (certificateId: string) => void;
}

/**
 * The part of IoT Core's control plane that provisioning a device needs.
 * https://docs.aws.amazon.com/iot/latest/apireference/API_Operations_AWS_IoT.html
 */
export const controlPlaneRoutes = (options: ControlPlaneOptions): RestRoute[] => {
  const route = (
    method: RestRoute["method"],
    path: string,
    answer: (request: RestRequest, options: ControlPlaneOptions) => object | Promise<object>,
  ): RestRoute => ({ method, path, answer: (request) => answer(request, options) });

  return [
    route("POST", "/things/{thingName}", createThing),
    route("GET", "/things/{thingName}", describeThing),
    route("PUT", "/things/{thingName}/principals", attachThing),
    route("GET", "/things/{thingName}/principals", listPrincipals),
    route("POST", "/keys-and-certificate", createCertificate),
    route("PUT", "/certificates/{certificateId}", updateCertificate),
    route("PUT", "/target-policies/{policyName}", attachPolicy),
    route("GET", "/endpoint", describeEndpoint),
  ];
};

const thingName = z.string().regex(/^[a-zA-Z0-9:_-]{1,128}$/);

// A thing without a type has three attributes at most.
// https://docs.aws.amazon.com/general/latest/gr/iot-core.html#thing-limits
const attributesMax = 3;

const attributes = z
  .record(
    z.string().regex(/^[a-zA-Z0-9_.,@/:#=[\]-]{1,128}$/),
    z.string().regex(/^[a-zA-Z0-9_.,@/:#=[\]-]{0,800}$/),
  )
  .refine((record) => Object.keys(record).length <= attributesMax, "too many attributes");

const thingRequest = z.strictObject({
  attributePayload: z
    .strictObject({ attributes: attributes.default({}), merge: z.boolean().optional() })
    .default({ attributes: {} }),
});

const createThing = async (
  { params, body }: RestRequest,
  { registry, arnPrefix }: ControlPlaneOptions,
): Promise<object> => {
  const name = read(thingName, params.thingName);
  const { attributePayload } = read(thingRequest, json(body));
  const known = registry.things.get(name);
  if (known !== undefined && !isDeepStrictEqual(known.attributes, attributePayload.attributes)) {
    throw alreadyExists(`the thing ${name} exists with other attributes`);
  }
  const thing = known ?? { name, id: randomUUID(), attributes: attributePayload.attributes };
  if (known === undefined) await registry.things.put(name, thing);
  return { thingName: name, thingArn: thingArn(thing, arnPrefix), thingId: thing.id };
};

const describeThing = (
  { params }: RestRequest,
  { registry, arnPrefix }: ControlPlaneOptions,
): object => {
  const thing = findThing(registry, params.thingName);
  const { name, id, attributes } = thing;
  return {
    defaultClientId: name,
    thingName: name,
    thingId: id,
    thingArn: thingArn(thing, arnPrefix),
    attributes,
    version: 1,
  };
};

const createCertificate = async (
  { query }: RestRequest,
  { registry, authority, arnPrefix }: ControlPlaneOptions,
): Promise<object> => {
  const made = await authority.issueDevice();
  const { certificateId: id } = made;
  const status = query.get("setAsActive") === "true" ? "ACTIVE" : "INACTIVE";
  await registry.certificates.put(id, { id, status, policies: [], things: [] });
  return {
    certificateArn: certificateArn(id, arnPrefix),
    certificateId: id,
    certificatePem: made.certificate,
    keyPair: { PublicKey: made.publicKey, PrivateKey: made.privateKey },
  };
};

const updateCertificate = async (
  { params, query }: RestRequest,
  { registry, disconnect }: ControlPlaneOptions,
): Promise<object> => {
  const status = read(z.enum(["ACTIVE", "INACTIVE", "REVOKED"]), query.get("newStatus"));
  const certificate = findCertificate(registry, params.certificateId);
  await registry.certificates.put(certificate.id, { ...certificate, status });
  // IoT Core takes a few minutes for this.
  if (status !== "ACTIVE") disconnect(certificate.id);
  return {};
};

const attachPolicy = async (
  { params, body }: RestRequest,
  { registry, policies }: ControlPlaneOptions,
): Promise<object> => {
  const { policyName = "" } = params;
  const { target } = read(z.strictObject({ target: z.string() }), json(body));
  if (!policies.has(policyName)) throw notFound(`the policy ${policyName} does not exist`);
  const certificate = findCertificate(registry, certificateIn(target));
  const names = [...new Set([...certificate.policies, policyName])];
  await registry.certificates.put(certificate.id, { ...certificate, policies: names });
  return {};
};

const attachThing = async (
  { params, headers }: RestRequest,
  { registry }: ControlPlaneOptions,
): Promise<object> => {
  const thing = findThing(registry, params.thingName);
  const principal = [headers["x-amzn-principal"] ?? ""].flat().join();
  const certificate = findCertificate(registry, certificateIn(principal));
  const names = [...new Set([...certificate.things, thing.name])];
  await registry.certificates.put(certificate.id, { ...certificate, things: names });
  return {};
};

const listPrincipals = (
  { params }: RestRequest,
  { registry, arnPrefix }: ControlPlaneOptions,
): object => {
  const { name } = findThing(registry, params.thingName);
  const attached = [...registry.certificates.all()].filter(({ things }) => things.includes(name));
  return { principals: attached.map(({ id }) => certificateArn(id, arnPrefix)) };
};

const describeEndpoint = (
  { query }: RestRequest,
  { dataEndpoint }: ControlPlaneOptions,
): object => {
  const type = query.get("endpointType");
  if (type !== "iot:Data-ATS") throw invalidRequest(`the endpoint type ${type} is not known here`);
  return { endpointAddress: dataEndpoint };
};

const thingArn = ({ name }: Thing, arnPrefix: string): string => `${arnPrefix}thing/${name}`;

const certificateArn = (id: string, arnPrefix: string): string => `${arnPrefix}cert/${id}`;

const certificateIn = (arn: string): string => {
  const id = /:cert\/([0-9a-f]{64})$/.exec(arn)?.[1];
  if (id === undefined) throw invalidRequest(`${arn} is not the ARN of a certificate`);
  return id;
};

const findThing = ({ things }: Registry, name = ""): Thing => {
  const thing = things.get(name);
  if (thing === undefined) throw notFound(`the thing ${name} does not exist`);
  return thing;
};

const findCertificate = ({ certificates }: Registry, id = ""): Certificate => {
  const certificate = certificates.get(id);
  if (certificate === undefined) throw notFound(`the certificate ${id} does not exist`);
  return certificate;
};

const read = <Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> => {
  const result = schema.safeParse(value);
  if (!result.success) throw invalidRequest(z.prettifyError(result.error));
  return result.data;
};

const json = (body: Buffer): unknown => {
  if (body.length === 0) return {};
  try {
    return JSON.parse(body.toString());
  } catch {
    throw invalidRequest("the body is not JSON");
  }
};
