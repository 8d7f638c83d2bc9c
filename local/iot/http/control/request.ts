import * as z from "zod";
import { invalidRequest, notFound } from "../../../http/restFailure.ts";
import type { Authority } from "../../certificate/authority.ts";
import type { Policies } from "../../policy/policies.ts";
import type { Certificate, Registry, Thing } from "../../registry.ts";

/** What the operations of the control plane work with. */
export interface ControlPlane {
  readonly registry: Registry;
  readonly authority: Authority;
  readonly policies: Policies;
  /** What stands before the resource in an ARN. */
  readonly arnPrefix: string;
  /** Host and port where devices connect. */
  readonly dataEndpoint: string;
}

/** A part of a request, as its schema has it. Fails as IoT Core does on a bad request. */
export const read = <Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
): z.output<Schema> => {
  const result = schema.safeParse(value);
  if (!result.success) throw invalidRequest(z.prettifyError(result.error));
  return result.data;
};

/** The body of a request. None is an empty object. */
export const json = (body: Buffer): unknown => {
  if (body.length === 0) return {};
  try {
    return JSON.parse(body.toString());
  } catch {
    throw invalidRequest("the body is not JSON");
  }
};

export const certificateArn = (id: string, arnPrefix: string): string => `${arnPrefix}cert/${id}`;

/** The thing of this name. Fails as IoT Core does when there is none. */
export const findThing = ({ things }: Registry, name = ""): Thing => {
  const thing = things.get(name);
  if (thing === undefined) throw notFound(`the thing ${name} does not exist`);
  return thing;
};

/** The same for a certificate, by its id. */
export const findCertificate = ({ certificates }: Registry, id = ""): Certificate => {
  const certificate = certificates.get(id);
  if (certificate === undefined) throw notFound(`the certificate ${id} does not exist`);
  return certificate;
};
