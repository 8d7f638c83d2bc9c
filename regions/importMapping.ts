import type { LeftResource } from "./cloud.ts";

/**
 * The property that identifies a resource of a type in an import. Types that are not here own no
 * data, and another one does not collide with them.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/resource-import-supported-resources.html
 */
const identifiers: Readonly<Record<string, string>> = {
  "AWS::DynamoDB::GlobalTable": "TableName",
  "AWS::IoT::Policy": "Id",
  "AWS::KMS::Alias": "AliasName",
  "AWS::KMS::Key": "KeyId",
  "AWS::S3::Bucket": "BucketName",
};

type Mapping = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** The resource mapping of `cdk import` for the leftovers of a stack, by logical id. */
export const importMapping = (left: readonly LeftResource[]): Mapping =>
  Object.fromEntries(
    left.flatMap(({ logicalId, type, physicalId }) => {
      const identifier = identifiers[type];
      return identifier === undefined ? [] : [[logicalId, { [identifier]: physicalId }]];
    }),
  );
