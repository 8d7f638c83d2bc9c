import * as z from "zod";

/** Properties that change nothing on one machine. */
const unused = z.unknown().optional();

/** The headers that a policy sets. */
export const headersPolicy = z.strictObject({
  ResponseHeadersPolicyConfig: z.strictObject({
    Name: z.string(),
    Comment: unused,
    CorsConfig: z
      .strictObject({
        AccessControlAllowCredentials: z.literal(false),
        AccessControlAllowHeaders: unused,
        AccessControlAllowMethods: unused,
        AccessControlAllowOrigins: z.strictObject({ Items: z.tuple([z.literal("*")]) }),
        OriginOverride: z.literal(true),
      })
      .optional(),
    CustomHeadersConfig: z
      .strictObject({
        Items: z.array(
          z.strictObject({ Header: z.string(), Value: z.string(), Override: z.literal(true) }),
        ),
      })
      .optional(),
    SecurityHeadersConfig: z
      .strictObject({
        ContentTypeOptions: z.strictObject({ Override: z.literal(true) }).optional(),
        FrameOptions: z
          .strictObject({ FrameOption: z.string(), Override: z.literal(true) })
          .optional(),
        ReferrerPolicy: z
          .strictObject({ ReferrerPolicy: z.string(), Override: z.literal(true) })
          .optional(),
        // This machine has no TLS for pages.
        StrictTransportSecurity: unused,
      })
      .optional(),
  }),
});

type Headers = Readonly<Record<string, string>>;

/** The response headers of a policy. */
export const headersOf = ({
  ResponseHeadersPolicyConfig: { CorsConfig, CustomHeadersConfig, SecurityHeadersConfig },
}: z.output<typeof headersPolicy>): Headers => {
  const { ContentTypeOptions, FrameOptions, ReferrerPolicy } = SecurityHeadersConfig ?? {};
  const custom = CustomHeadersConfig?.Items ?? [];
  return {
    ...(CorsConfig && { "access-control-allow-origin": "*" }),
    ...(ContentTypeOptions && { "x-content-type-options": "nosniff" }),
    ...(FrameOptions && { "x-frame-options": FrameOptions.FrameOption }),
    ...(ReferrerPolicy && { "referrer-policy": ReferrerPolicy.ReferrerPolicy }),
    ...Object.fromEntries(custom.map(({ Header, Value }) => [Header.toLowerCase(), Value])),
  };
};

/** A distribution of one private bucket, as the templates have it. */
export const distribution = z.strictObject({
  DistributionConfig: z.strictObject({
    Aliases: unused,
    Comment: unused,
    DefaultCacheBehavior: z.strictObject({
      AllowedMethods: unused,
      // Nothing is cached on one machine.
      CachePolicyId: unused,
      Compress: unused,
      ResponseHeadersPolicyId: z.string().optional(),
      TargetOriginId: z.string(),
      ViewerProtocolPolicy: unused,
    }),
    DefaultRootObject: z.string(),
    Enabled: z.literal(true),
    HttpVersion: unused,
    IPV6Enabled: unused,
    Origins: z.tuple([
      z.strictObject({
        DomainName: z.string(),
        Id: z.string(),
        OriginAccessControlId: z.string(),
        OriginPath: z.string().default(""),
        S3OriginConfig: unused,
      }),
    ]),
    PriceClass: unused,
    ViewerCertificate: unused,
  }),
  Tags: unused,
});
