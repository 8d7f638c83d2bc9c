import type { AwsResponse } from "../http/awsRequest.ts";
import { type AwsService, jsonError, startAwsService } from "../http/awsService.ts";
import { RestFailure } from "../http/restFailure.ts";
import type { Credentials } from "../http/signature.ts";
import type { Access } from "../iam/access.ts";
import { AccessDenied } from "../iam/accessDenied.ts";
import { authorizer } from "../iam/authorize.ts";
import { parameterArn, ssmPermissions } from "../iam/permission/ssm.ts";
import type { Log } from "../platform/log.ts";
import { type DiskSpace, openDiskSpace } from "../state/diskSpace.ts";
import { requestBytesMax } from "./limits.ts";
import { ssmHandler } from "./operations.ts";
import { openParameterFile } from "./parameterFile.ts";

export interface SsmOptions {
  /** The folder of the parameters' file, which only its owner can read. */
  readonly folder: string;
  readonly region: string;
  readonly account: string;
  readonly credentials: Credentials;
  /** The roles that may call; by default only the account's owner may. */
  readonly access?: Access | undefined;
  readonly space?: DiskSpace;
  readonly log: Log;
}

/** Starts the Parameter Store of Systems Manager on any free port of 127.0.0.1. */
export const startSsm = async (options: SsmOptions): Promise<AwsService> => {
  const { folder, region, credentials, access, space = openDiskSpace(), log } = options;
  return await startAwsService({
    region,
    serviceOf: () => "parameters",
    signers: { credentials, roles: access, region, services: ["ssm"] },
    bodyBytesMax: requestBytesMax,
    handler: ssmHandler({
      file: await openParameterFile(folder, space),
      arnOf: (name) => parameterArn(options, name),
      authorize: authorizer(access, ssmPermissions(options)),
    }),
    errorResponse,
    log,
  });
};

/** Systems Manager answers a denied request with 400. */
const errorResponse = (failure: RestFailure): AwsResponse =>
  jsonError(
    failure instanceof AccessDenied
      ? new RestFailure(failure.message, { status: 400, code: failure.code })
      : failure,
  );
