/** https://developer.pagerduty.com/docs/send-alert-event */
export const pagerDutySummaryCharsMax = 1_024;
/** https://docs.opsgenie.com/docs/alert-api#create-alert */
export const opsgenieMessageCharsMax = 130;
export const opsgenieDescriptionCharsMax = 15_000;
export const opsgenieEntityCharsMax = 512;
export const opsgenieSourceCharsMax = 100;
export const opsgenieNoteCharsMax = 25_000;
/** https://docs.slack.dev/reference/block-kit/blocks/header-block */
export const slackHeaderCharsMax = 150;
/** https://docs.slack.dev/reference/block-kit/blocks/section-block */
export const slackSectionCharsMax = 3_000;
/** The longest subject of a mail that every client shows whole. */
export const mailTitleCharsMax = 200;
