import { RestFailure } from "../../../http/restFailure.ts";
import type { RestRequest } from "../../../http/restHandler.ts";
import type { ControlPlane } from "./request.ts";

/**
 * Without SQL and actions.
 * https://docs.aws.amazon.com/iot/latest/apireference/API_GetTopicRule.html
 */
export const getTopicRule = ({ params }: RestRequest, plane: ControlPlane): object => {
  const { name, isEnabled } = findRule(params, plane);
  return {
    ruleArn: `${plane.arnPrefix}rule/${name}`,
    rule: { ruleName: name, ruleDisabled: !isEnabled },
  };
};

/** https://docs.aws.amazon.com/iot/latest/apireference/API_DisableTopicRule.html */
export const enableTopicRule =
  (isEnabled: boolean) =>
  ({ params }: RestRequest, plane: ControlPlane): object => {
    plane.rules.setEnabled(findRule(params, plane).name, isEnabled);
    return {};
  };

const findRule = (
  { ruleName: name = "" }: RestRequest["params"],
  { rules }: ControlPlane,
): { name: string; isEnabled: boolean } => {
  const isEnabled = rules.isEnabled(name);
  if (isEnabled !== undefined) return { name, isEnabled };
  // IoT Core does not say whether a rule exists.
  throw new RestFailure(`Access to topic rule '${name}' was denied`, {
    status: 401,
    code: "UnauthorizedException",
  });
};
