import { GetParameterCommand } from "@aws-sdk/client-ssm";
import type { Check } from "../check.ts";
import { isNotFound } from "../explain.ts";
import { ok } from "../row.ts";

/** Whether the region has a CDK bootstrap stack that is new enough for the synthesized stacks. */
export const checkBootstrap: Check = async ({ aws, requirements, account, signal }) => {
  const check = "CDK bootstrap";
  const { version, parameter: Name } = requirements.bootstrap;
  const found = await aws.ssm
    .send(new GetParameterCommand({ Name }), { abortSignal: signal })
    .then(({ Parameter }) => Number(Parameter?.Value))
    .catch((error: unknown) => {
      if (isNotFound(error)) return undefined;
      throw error;
    });
  const needed = `version ${version} or later`;
  if (found !== undefined && found >= version) return [ok(check, `version ${found}`, needed)];
  return [
    {
      check,
      found: found === undefined ? "missing" : `version ${found}`,
      needed,
      result: "fail",
      action: `npx cdk bootstrap aws://${account}/${requirements.region}`,
    },
  ];
};
