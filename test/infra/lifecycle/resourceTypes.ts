/** How CloudFormation updates and names resources of a type. */
interface ResourceType {
  /** The property that gives the resource a fixed name. */
  readonly name?: string;
  /** Properties that CloudFormation changes by creating another resource. `a.b` is a nested one. */
  readonly createOnly?: readonly string[];
}

/**
 * The types in Godwit's templates: "Update requires: Replacement" of
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/.
 */
export const resourceTypes: Readonly<Record<string, ResourceType>> = {
  "AWS::ApiGateway::Account": {},
  "AWS::ApiGateway::BasePathMapping": { createOnly: ["DomainName", "BasePath"] },
  "AWS::ApiGateway::Deployment": { createOnly: ["RestApiId"] },
  "AWS::ApiGateway::DomainName": { name: "DomainName", createOnly: ["DomainName"] },
  "AWS::ApiGateway::GatewayResponse": { createOnly: ["ResponseType", "RestApiId"] },
  "AWS::ApiGateway::Method": { createOnly: ["HttpMethod", "ResourceId", "RestApiId"] },
  "AWS::ApiGateway::Resource": { createOnly: ["ParentId", "PathPart", "RestApiId"] },
  "AWS::ApiGateway::RestApi": {},
  "AWS::ApiGateway::Stage": { createOnly: ["RestApiId", "StageName"] },
  "AWS::CertificateManager::Certificate": {
    createOnly: ["DomainName", "DomainValidationOptions", "ValidationMethod"],
  },
  "AWS::CloudFront::CachePolicy": {},
  "AWS::CloudFront::Distribution": {},
  "AWS::CloudFront::OriginAccessControl": {},
  "AWS::CloudFront::ResponseHeadersPolicy": {},
  "AWS::CloudWatch::Alarm": { name: "AlarmName", createOnly: ["AlarmName"] },
  "AWS::CloudWatch::CompositeAlarm": { name: "AlarmName", createOnly: ["AlarmName"] },
  "AWS::CloudWatch::Dashboard": { name: "DashboardName", createOnly: ["DashboardName"] },
  "AWS::DynamoDB::GlobalTable": {
    name: "TableName",
    createOnly: ["TableName", "KeySchema", "LocalSecondaryIndexes"],
  },
  "AWS::Events::Rule": { name: "Name", createOnly: ["Name"] },
  "AWS::FIS::ExperimentTemplate": {},
  "AWS::IAM::Policy": {},
  "AWS::IAM::Role": { name: "RoleName", createOnly: ["RoleName", "Path"] },
  "AWS::IoT::Policy": { name: "PolicyName", createOnly: ["PolicyName"] },
  "AWS::IoT::ProvisioningTemplate": {
    name: "TemplateName",
    createOnly: ["TemplateName", "TemplateType"],
  },
  "AWS::IoT::TopicRule": { name: "RuleName", createOnly: ["RuleName"] },
  "AWS::KMS::Alias": { name: "AliasName", createOnly: ["AliasName"] },
  "AWS::KMS::Key": {},
  "AWS::Lambda::EventInvokeConfig": { createOnly: ["FunctionName", "Qualifier"] },
  "AWS::Lambda::EventSourceMapping": { createOnly: ["EventSourceArn"] },
  "AWS::Lambda::Function": { name: "FunctionName", createOnly: ["FunctionName", "PackageType"] },
  "AWS::Lambda::Permission": {
    createOnly: ["Action", "FunctionName", "Principal", "SourceAccount", "SourceArn"],
  },
  "AWS::Logs::LogGroup": { name: "LogGroupName", createOnly: ["LogGroupName"] },
  "AWS::Logs::MetricFilter": { createOnly: ["FilterName", "LogGroupName"] },
  "AWS::Route53::HealthCheck": {
    createOnly: [
      "HealthCheckConfig.Type",
      "HealthCheckConfig.MeasureLatency",
      "HealthCheckConfig.RequestInterval",
    ],
  },
  "AWS::Route53::RecordSet": { createOnly: ["HostedZoneId", "Name"] },
  "AWS::S3::Bucket": { name: "BucketName", createOnly: ["BucketName"] },
  "AWS::S3::BucketPolicy": { createOnly: ["Bucket"] },
  "AWS::SNS::Subscription": { createOnly: ["Endpoint", "Protocol", "TopicArn"] },
  "AWS::SNS::Topic": { name: "TopicName", createOnly: ["TopicName"] },
  "AWS::SNS::TopicPolicy": {},
  "AWS::SQS::Queue": { name: "QueueName", createOnly: ["QueueName", "FifoQueue"] },
  "AWS::SQS::QueuePolicy": {},
};
