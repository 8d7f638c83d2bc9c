import { RemovalPolicy } from "aws-cdk-lib";

/**
 * Properties that protect a table with data from deletion. DynamoDB refuses to delete a protected
 * table, also for CloudFormation. A stack whose first deployment fails can therefore delete its new
 * tables, and a replica can be removed, only while they are unprotected: docs/regions.md.
 */
export const protection = ({ isUnprotected }: { isUnprotected: boolean }) => ({
  deletionProtection: !isUnprotected,
  // Both keep the table when its stack is deleted.
  removalPolicy: isUnprotected ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : RemovalPolicy.RETAIN,
});
