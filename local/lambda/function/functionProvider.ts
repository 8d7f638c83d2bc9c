import * as z from "zod";
import { resourceProvider } from "../../template/resourceProvider.ts";
import type { AssetFolders } from "./assetFolders.ts";
import type { FunctionConfig } from "./functionConfig.ts";

/** Properties about access, logging and tracing: accepted and ignored. */
const unused = z.unknown().optional();

/** Defaults are those of CloudFormation. */
const properties = z.strictObject({
  FunctionName: z.string().optional(),
  Code: z.strictObject({ S3Bucket: z.string(), S3Key: z.string() }),
  Handler: z.string(),
  // The function runs in this machine's Node.js.
  Runtime: z.templateLiteral(["nodejs", z.int(), ".x"]),
  Timeout: z.int().default(3),
  MemorySize: z.int().default(128),
  ReservedConcurrentExecutions: z.int().optional(),
  Environment: z
    .strictObject({ Variables: z.record(z.string(), z.string()).default({}) })
    .default({ Variables: {} }),
  Architectures: unused,
  Description: unused,
  LoggingConfig: z.looseObject({ LogGroup: z.string().optional() }).default({}),
  // Recursive loops are not detected here.
  RecursiveLoop: unused,
  Role: z.string().optional(),
  Tags: unused,
  TracingConfig: unused,
});

/**
 * `AWS::Lambda::Function` with code from an asset of the assembly. Calls `add` for each function.
 */
export const functionProvider = (folders: AssetFolders, add: (config: FunctionConfig) => void) =>
  resourceProvider({
    type: "AWS::Lambda::Function",
    properties,
    create(given, { stack, logicalId, region, account }) {
      const folder = folders.get(given.Code.S3Key);
      if (folder === undefined) throw new Error(`the assembly has no asset ${given.Code.S3Key}`);
      const name = given.FunctionName ?? `${stack}-${logicalId}`;
      const arn = `arn:aws:lambda:${region}:${account}:function:${name}`;
      const { Variables: variables } = given.Environment;
      add({
        name,
        shortName: variables.POWERTOOLS_SERVICE_NAME ?? name,
        arn,
        role: given.Role,
        logGroup: given.LoggingConfig.LogGroup,
        region,
        folder,
        handler: given.Handler,
        runtime: given.Runtime,
        timeoutSeconds: given.Timeout,
        memoryMb: given.MemorySize,
        reserved: given.ReservedConcurrentExecutions,
        variables,
      });
      return { ref: name, attributes: { Arn: arn } };
    },
  });
