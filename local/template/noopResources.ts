import type { CreatedResource, ResourceContext } from "./resourceProvider.ts";

type Describe = (place: ResourceContext) => CreatedResource;

/**
 * Resource types that are accepted but not created, since they have no counterpart on one machine.
 * Other resources may refer to them, so each returns its name and attributes.
 */
export const noopResources: Readonly<Record<string, Describe>> = {
  // Logs are written to standard error.
  "AWS::Logs::LogGroup": (place) => {
    const { ref, attributes } = arn(place, { service: "logs", resource: "log-group:" });
    return { ref, attributes: { Arn: `${attributes?.Arn}:*` } };
  },
  // Usage data for the CDK project.
  "AWS::CDK::Metadata": (place) => ({ ref: nameOf(place) }),
};

const nameOf = ({ stack, logicalId }: ResourceContext): string => `${stack}-${logicalId}`;

const arn = (
  place: ResourceContext,
  {
    service,
    resource,
    region = place.region,
  }: { service: string; resource: string; region?: string },
): CreatedResource => {
  const Arn = `arn:aws:${service}:${region}:${place.account}:${resource}${nameOf(place)}`;
  return { ref: nameOf(place), attributes: { Arn } };
};
