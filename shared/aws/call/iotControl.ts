import * as z from "zod/mini";
import { type CallPolicy, isServiceError } from "./call.ts";
import { encodePart, openRestCaller } from "./restCaller.ts";

export type CertificateStatus = "ACTIVE" | "INACTIVE" | "REVOKED";

/** A certificate that IoT Core has issued. */
interface IssuedCertificate {
  readonly certificateArn: string;
  /** In PEM. */
  readonly certificatePem: string;
}

/**
 * The operations of IoT Core's registry that functions use. They fail with a `ServiceError`.
 * https://docs.aws.amazon.com/iot/latest/apireference/API_Operations_AWS_IoT.html
 */
export interface IotControl {
  /** Fails with `ResourceAlreadyExistsException` if it exists with other attributes. */
  createThing(thing: string, attributes: Readonly<Record<string, string>>): Promise<void>;
  /** Changes these attributes and keeps the others. */
  updateThing(thing: string, attributes: Readonly<Record<string, string>>): Promise<void>;
  attachPolicy(policy: string, target: string): Promise<void>;
  detachPolicy(policy: string, target: string): Promise<void>;
  attachThing(thing: string, principal: string): Promise<void>;
  detachThing(thing: string, principal: string): Promise<void>;
  /** A page of the ARNs of a thing's principals. */
  listPrincipals(
    thing: string,
    nextToken?: string,
  ): Promise<{ principals: string[]; nextToken?: string | undefined }>;
  /** Makes an active certificate and its key. */
  createKeysAndCertificate(): Promise<IssuedCertificate & { privateKey: string }>;
  /** Makes an active certificate for a signing request in PEM. */
  createCertificate(signingRequest: string): Promise<IssuedCertificate>;
  /** Registers a certificate in PEM as active, and returns its ARN. */
  registerCertificate(pem: string): Promise<string>;
  describeCertificate(id: string): Promise<{ arn: string; status: string }>;
  updateCertificate(id: string, status: CertificateStatus): Promise<void>;
  /** Whether a topic rule is disabled; `undefined` if there is none, or it may not be read. */
  isRuleDisabled(name: string): Promise<boolean | undefined>;
  /** The address of the broker, in the local cloud with a port. */
  describeEndpoint(): Promise<string>;
}

const text = z.string().check(z.minLength(1));
const issuedCertificate = z.object({ certificateArn: text, certificatePem: text });
const withKey = z.object({
  ...issuedCertificate.shape,
  keyPair: z.object({ PrivateKey: text }),
});
const registered = z.object({ certificateArn: text });
const description = z.object({
  certificateDescription: z.object({ certificateArn: text, status: text }),
});
const page = z.object({
  principals: z._default(z.array(z.string()), []),
  nextToken: z.optional(z.nullable(z.string())),
});
const endpoint = z.object({ endpointAddress: text });
const topicRule = z.object({ rule: z.object({ ruleDisabled: z._default(z.boolean(), false) }) });

const active = { query: { setAsActive: true } };

/** IoT Core's registry in this region, or in another one if given. */
export const openIotControl = (policy: CallPolicy, region?: string): IotControl => {
  const service = { name: "iot", variable: "IOT", prefix: "iot" };
  const call = openRestCaller(service, policy, { region });
  const thingPath = (thing: string): string => `/things/${encodePart(thing)}`;
  const principalsOf = (thing: string): string => `${thingPath(thing)}/principals`;
  const policyPath = (name: string): string => `/target-policies/${encodePart(name)}`;
  const by = (principal: string) => ({ headers: { "x-amzn-principal": principal } });
  return {
    async createThing(thing, attributes) {
      await call("POST", thingPath(thing), { body: { attributePayload: { attributes } } });
    },
    async updateThing(thing, attributes) {
      const body = { attributePayload: { attributes, merge: true } };
      await call("PATCH", thingPath(thing), { body });
    },
    async attachPolicy(name, target) {
      await call("PUT", policyPath(name), { body: { target } });
    },
    async detachPolicy(name, target) {
      await call("POST", policyPath(name), { body: { target } });
    },
    async attachThing(thing, principal) {
      await call("PUT", principalsOf(thing), by(principal));
    },
    async detachThing(thing, principal) {
      await call("DELETE", principalsOf(thing), by(principal));
    },
    async listPrincipals(thing, token) {
      const reply = await call("GET", principalsOf(thing), { query: { nextToken: token } });
      const { principals, nextToken } = page.parse(reply);
      return { principals, nextToken: nextToken ?? undefined };
    },
    async createKeysAndCertificate() {
      const reply = withKey.parse(await call("POST", "/keys-and-certificate", active));
      return { ...reply, privateKey: reply.keyPair.PrivateKey };
    },
    async createCertificate(certificateSigningRequest) {
      const body = { certificateSigningRequest };
      return issuedCertificate.parse(await call("POST", "/certificates", { ...active, body }));
    },
    async registerCertificate(certificatePem) {
      const body = { certificatePem, status: "ACTIVE" };
      const reply = await call("POST", "/certificate/register-no-ca", { body });
      return registered.parse(reply).certificateArn;
    },
    async describeCertificate(id) {
      const reply = description.parse(await call("GET", `/certificates/${encodePart(id)}`));
      const { certificateArn: arn, status } = reply.certificateDescription;
      return { arn, status };
    },
    async updateCertificate(id, newStatus) {
      await call("PUT", `/certificates/${encodePart(id)}`, { query: { newStatus } });
    },
    async isRuleDisabled(name) {
      try {
        const reply = await call("GET", `/rules/${encodePart(name)}`, {});
        return topicRule.parse(reply).rule.ruleDisabled;
      } catch (error) {
        // IoT Core's answer for a rule that does not exist.
        if (isServiceError(error, "UnauthorizedException")) return undefined;
        throw error;
      }
    },
    async describeEndpoint() {
      const query = { endpointType: "iot:Data-ATS" };
      return endpoint.parse(await call("GET", "/endpoint", { query })).endpointAddress;
    },
  };
};
