/** Stands for a secret where an integration is shown. What was shown and is sent back must not become the secret. */
export const hiddenSecret = "********";
