import { randomUUID } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import * as z from "zod";
import { alreadyExists, invalidRequest, versionConflict } from "../../../http/restFailure.ts";
import type { RestRequest } from "../../../http/restHandler.ts";
import type { Thing } from "../../registry.ts";
import { type ControlPlane, findThing, json, read } from "./request.ts";

const thingName = z.string().regex(/^[a-zA-Z0-9:_-]{1,128}$/);

// A thing without a type has at most three attributes.
// https://docs.aws.amazon.com/general/latest/gr/iot-core.html#thing-limits
const attributesMax = 3;

const attributes = z
  .record(
    z.string().regex(/^[a-zA-Z0-9_.,@/:#=[\]-]{1,128}$/),
    z.string().regex(/^[a-zA-Z0-9_.,@/:#=[\]-]{0,800}$/),
  )
  .refine((record) => Object.keys(record).length <= attributesMax, "too many attributes");

const attributePayload = z.strictObject({
  attributes: attributes.default({}),
  merge: z.boolean().default(false),
});

const creation = z.strictObject({
  attributePayload: attributePayload.default({ attributes: {}, merge: false }),
});

const update = z.strictObject({
  attributePayload: attributePayload.optional(),
  expectedVersion: z.int().optional(),
});

/** https://docs.aws.amazon.com/iot/latest/apireference/API_CreateThing.html */
export const createThing = async (
  { params, body }: RestRequest,
  { registry, arnPrefix }: ControlPlane,
): Promise<object> => {
  const name = read(thingName, params.thingName);
  const wanted = read(creation, json(body)).attributePayload.attributes;
  const known = registry.things.get(name);
  if (known !== undefined && !isDeepStrictEqual(known.attributes, wanted)) {
    throw alreadyExists(`the thing ${name} exists with other attributes`);
  }
  const thing = known ?? { name, id: randomUUID(), attributes: wanted, version: 1 };
  if (known === undefined) await registry.things.put(name, thing);
  return { thingName: name, thingArn: thingArn(thing, arnPrefix), thingId: thing.id };
};

/** https://docs.aws.amazon.com/iot/latest/apireference/API_DescribeThing.html */
export const describeThing = (
  { params }: RestRequest,
  { registry, arnPrefix }: ControlPlane,
): object => {
  const thing = findThing(registry, params.thingName);
  const { name, id, attributes, version } = thing;
  return {
    defaultClientId: name,
    thingName: name,
    thingId: id,
    thingArn: thingArn(thing, arnPrefix),
    attributes,
    version,
  };
};

/**
 * Later connections use the new attributes in policy variables.
 * https://docs.aws.amazon.com/iot/latest/apireference/API_UpdateThing.html
 */
export const updateThing = async (
  { params, body }: RestRequest,
  { registry }: ControlPlane,
): Promise<object> => {
  const thing = findThing(registry, params.thingName);
  const { attributePayload: changes, expectedVersion } = read(update, json(body));
  expectVersion(thing, expectedVersion);
  const attributes = changes === undefined ? thing.attributes : changed(thing, changes);
  await registry.things.put(thing.name, { ...thing, attributes, version: thing.version + 1 });
  return {};
};

/** An attribute with an empty value is removed. */
const changed = (
  thing: Thing,
  { attributes: given, merge }: z.output<typeof attributePayload>,
): Record<string, string> => {
  const all = merge ? { ...thing.attributes, ...given } : given;
  return read(
    attributes,
    Object.fromEntries(Object.entries(all).filter(([, value]) => value !== "")),
  );
};

/**
 * Succeeds when the thing does not exist.
 * https://docs.aws.amazon.com/iot/latest/apireference/API_DeleteThing.html
 */
export const deleteThing = async (
  { params, query }: RestRequest,
  { registry }: ControlPlane,
): Promise<object> => {
  const name = read(thingName, params.thingName);
  const thing = registry.things.get(name);
  if (thing === undefined) return {};
  expectVersion(
    thing,
    read(z.coerce.number().optional(), query.get("expectedVersion") ?? undefined),
  );
  const isAttached = [...registry.certificates.all()].some(({ things }) => things.includes(name));
  if (isAttached) throw invalidRequest(`the thing ${name} is attached to a certificate`);
  await registry.things.remove(name);
  return {};
};

const expectVersion = ({ name, version }: Thing, expected: number | undefined): void => {
  if (expected === undefined || expected === version) return;
  throw versionConflict(`the thing ${name} has the version ${version}, not ${expected}`);
};

const thingArn = ({ name }: Thing, arnPrefix: string): string => `${arnPrefix}thing/${name}`;
