import { createHash } from "node:crypto";
import * as z from "zod";
import { resourceProvider } from "../../template/resourceProvider.ts";
import { type PolicyDocument, policyDocument } from "./document.ts";

/** IoT policies of the templates, by name. */
export type Policies = Map<string, PolicyDocument>;

/** `AWS::IoT::Policy`: `Ref` is the name, `Arn` and `Id` are attributes. */
export const policyProvider = (policies: Policies) =>
  resourceProvider({
    type: "AWS::IoT::Policy",
    properties: z.strictObject({
      PolicyName: z.string().optional(),
      PolicyDocument: policyDocument,
      Tags: z.unknown().optional(),
    }),
    create({ PolicyName, PolicyDocument }, { stack, logicalId, region, account }) {
      const name = PolicyName ?? `${stack}-${logicalId}`;
      policies.set(name, PolicyDocument);
      const Arn = `arn:aws:iot:${region}:${account}:policy/${name}`;
      const Id = createHash("sha256").update(Arn).digest("hex");
      return { ref: name, attributes: { Arn, Id } };
    },
  });
