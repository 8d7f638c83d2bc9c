export const oauthClientsMax = 50;
export const oauthClientNameCharsMax = 64;
export const redirectUriCharsMax = 2_048;
export const apiUsersPerProductMax = 100;
export const friendlyNameCharsMax = 64;
