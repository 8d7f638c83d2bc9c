import * as z from "zod";
import { resourceProvider } from "../../template/resourceProvider.ts";

const value = z.union([z.string(), z.strictObject({ Ref: z.string() })]);

/** https://docs.aws.amazon.com/iot/latest/developerguide/provision-template.html */
const templateBody = z.strictObject({
  Parameters: z.record(
    z.string(),
    z.strictObject({ Type: z.literal("String"), Default: z.string().optional() }),
  ),
  Resources: z.strictObject({
    thing: z.strictObject({
      Type: z.literal("AWS::IoT::Thing"),
      Properties: z.strictObject({
        ThingName: value,
        AttributePayload: z.record(z.string(), value).default({}),
      }),
      OverrideSettings: z.strictObject({ AttributePayload: z.literal("MERGE") }),
    }),
    certificate: z.strictObject({
      Type: z.literal("AWS::IoT::Certificate"),
      Properties: z.strictObject({ CertificateId: value, Status: z.literal("Active") }),
    }),
    policy: z.strictObject({
      Type: z.literal("AWS::IoT::Policy"),
      Properties: z.strictObject({ PolicyName: value }),
    }),
  }),
  DeviceConfiguration: z.record(z.string(), value).default({}),
});

export type Value = z.output<typeof value>;
export type TemplateBody = z.output<typeof templateBody>;

/** A provisioning template. */
export interface ProvisioningTemplate {
  readonly arn: string;
  readonly isEnabled: boolean;
  readonly body: TemplateBody;
  /** The ARN of the pre-provisioning hook. */
  readonly hook: string | undefined;
  /** The ARN of the role with which IoT Core provisions. */
  readonly roleArn: string;
}

/** Provisioning templates by name. */
export type ProvisioningTemplates = Map<string, ProvisioningTemplate>;

/** `AWS::IoT::ProvisioningTemplate`: `Ref` is the name, `TemplateArn` an attribute. */
export const provisioningTemplateProvider = (templates: ProvisioningTemplates) =>
  resourceProvider({
    type: "AWS::IoT::ProvisioningTemplate",
    properties: z.strictObject({
      TemplateName: z.string(),
      TemplateType: z.literal("FLEET_PROVISIONING").optional(),
      TemplateBody: z.string(),
      Description: z.string().optional(),
      Enabled: z.boolean().default(false),
      ProvisioningRoleArn: z.string(),
      PreProvisioningHook: z
        .strictObject({ TargetArn: z.string(), PayloadVersion: z.literal("2020-04-01") })
        .optional(),
    }),
    create(given, { region, account }) {
      const { TemplateName, TemplateBody, Enabled, PreProvisioningHook } = given;
      const arn = `arn:aws:iot:${region}:${account}:provisioningtemplate/${TemplateName}`;
      const body = templateBody.parse(JSON.parse(TemplateBody));
      const hook = PreProvisioningHook?.TargetArn;
      templates.set(TemplateName, {
        arn,
        isEnabled: Enabled,
        body,
        hook,
        roleArn: given.ProvisioningRoleArn,
      });
      return { ref: TemplateName, attributes: { TemplateArn: arn } };
    },
  });
