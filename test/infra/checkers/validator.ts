import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { CelEngine, TemplateFile } from "@aws/cloudformation-validate";
import { outdir, type Template } from "../synthesized.ts";

/** Rules whose findings change nothing, each with the reason. */
const excluded = {
  /** The CDK lets a function depend on its role and on the role's policy, as documented. */
  W3005: "a dependency that a reference implies",
  /** A reference in place of the ARN would be a circular dependency of template and function. */
  W9002: "the ARN of the provisioning template in the permission of its own hook",
} as const;

// It holds memory outside the heap for the whole run; making one takes a second.
const engine = new CelEngine();

/**
 * What AWS's own validator finds in a template: errors and warnings. The validator bundles the
 * schemas of all resource types and the rules of cfn-lint.
 */
export const validatorFindings = (template: Template): string[] => {
  const path = join(outdir(), "template.json");
  writeFileSync(path, JSON.stringify(template));
  const { diagnostics } = engine.validateStandard(new TemplateFile(path), {
    severityLevel: "WARN",
    exclude: { ids: Object.keys(excluded) },
  });
  return diagnostics.map(
    ({ ruleId, entity, propertyPath, message }) =>
      `${ruleId} ${entity?.logicalId ?? ""} ${propertyPath ?? ""}: ${message}`,
  );
};
