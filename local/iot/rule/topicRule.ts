import * as z from "zod";
import type { Access } from "../../iam/access.ts";
import { resourceProvider } from "../../template/resourceProvider.ts";
import { actionProperties, openAction, type Targets } from "./action.ts";
import type { Rules } from "./rules.ts";
import { parseSql } from "./sql.ts";

const payload = z.strictObject({
  Sql: z.string(),
  AwsIotSqlVersion: z.literal("2016-03-23"),
  Description: z.string().optional(),
  RuleDisabled: z.literal(false).default(false),
  Actions: z.array(actionProperties).min(1).max(10),
  ErrorAction: actionProperties.optional(),
});

/** `AWS::IoT::TopicRule`: `Ref` is the name, `Arn` an attribute. */
export const topicRuleProvider = (
  rules: Rules,
  { access, ...targets }: Targets & { readonly access?: Access | undefined },
) =>
  resourceProvider({
    type: "AWS::IoT::TopicRule",
    properties: z.strictObject({
      RuleName: z.string().optional(),
      TopicRulePayload: payload,
      Tags: z.unknown().optional(),
    }),
    create({ RuleName, TopicRulePayload }, { stack, logicalId, region, account }) {
      const { Sql, Actions, ErrorAction } = TopicRulePayload;
      // Rule names consist of letters, digits and underscores.
      const name = RuleName ?? `${stack}_${logicalId}`.replaceAll(/\W/g, "_");
      const ruleArn = `arn:aws:iot:${region}:${account}:rule/${name}`;
      const deps = { ...targets, place: { region, account, ruleArn, access } };
      rules.add({
        name,
        query: parseSql(Sql),
        actions: Actions.map((properties) => openAction(properties, deps)),
        ...(ErrorAction && { errorAction: openAction(ErrorAction, deps) }),
      });
      return { ref: name, attributes: { Arn: ruleArn } };
    },
  });
