import { GetParametersCommand } from "@aws-sdk/client-ssm";
import type { Check } from "../check.ts";
import { parametersAtOnceMax } from "../limits.ts";
import { ok } from "../row.ts";

/** Whether the parameters with the secrets of receivers of pages exist in the region. */
export const checkParameters: Check = async ({ aws, requirements, signal }) => {
  const { parameters } = requirements;
  if (parameters.length === 0) return [];
  const missing: string[] = [];
  for (let from = 0; from < parameters.length; from += parametersAtOnceMax) {
    const Names = parameters.slice(from, from + parametersAtOnceMax);
    const { InvalidParameters = [] } = await aws.ssm.send(new GetParametersCommand({ Names }), {
      abortSignal: signal,
    });
    missing.push(...InvalidParameters);
  }
  const check = "Systems Manager: parameters of pages";
  const needed = `all ${parameters.length}`;
  if (missing.length === 0) return [ok(check, needed, needed)];
  const [name = ""] = missing;
  const action = `Receivers of pages get nothing without their secret: aws ssm put-parameter --region ${requirements.region} --type SecureString --name ${name} --value VALUE`;
  return [{ check, found: `missing: ${missing.join(", ")}`, needed, result: "note", action }];
};
