import * as z from "zod";
import { invalidRequest, notFound } from "../../../http/restFailure.ts";
import type { Authority } from "../../certificate/authority.ts";
import type { Policies } from "../../policy/policies.ts";
import type { Certificate, Registry, Thing } from "../../registry.ts";
import type { Rules } from "../../rule/rules.ts";

/** Dependencies of the control plane's operations. */
export interface ControlPlane {
  readonly registry: Registry;
  readonly authority: Authority;
  readonly policies: Policies;
  readonly rules: Pick<Rules, "isEnabled" | "setEnabled">;
  /** ARN prefix before the resource. */
  readonly arnPrefix: string;
  /** Host and port of the device endpoint. */
  readonly dataEndpoint: string;
}

/** Parses a part of a request with a schema. Fails with IoT Core's error for invalid requests. */
export const read = <Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
): z.output<Schema> => {
  const result = schema.safeParse(value);
  if (!result.success) throw invalidRequest(z.prettifyError(result.error));
  return result.data;
};

/** The JSON body of a request; an empty body is an empty object. */
export const json = (body: Buffer): unknown => {
  if (body.length === 0) return {};
  try {
    return JSON.parse(body.toString());
  } catch {
    throw invalidRequest("the body is not JSON");
  }
};

export const certificateArn = (id: string, arnPrefix: string): string => `${arnPrefix}cert/${id}`;

/** The thing of this name. Fails with IoT Core's error when it does not exist. */
export const findThing = ({ things }: Registry, name = ""): Thing => {
  const thing = things.get(name);
  if (thing === undefined) throw notFound(`the thing ${name} does not exist`);
  return thing;
};

/** The certificate with this id. Fails with IoT Core's error when it does not exist. */
export const findCertificate = ({ certificates }: Registry, id = ""): Certificate => {
  const certificate = certificates.get(id);
  if (certificate === undefined) throw notFound(`the certificate ${id} does not exist`);
  return certificate;
};
