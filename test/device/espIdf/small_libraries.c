// Small versions of the libraries that the sketch uses: SHA-256, base64 and cJSON.
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include "esp_stubs.h"

// SHA-256 (FIPS 180-4)

static uint32_t rotate(uint32_t x, int n) { return x >> n | x << (32 - n); }

// The first 32 bits of the fractional parts of the cube roots of the first 64 primes.
static const uint32_t k[64] = {
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
  0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
  0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
  0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
  0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
  0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
  0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
  0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static void compress(mbedtls_sha256_context *c) {
  uint32_t w[64], v[8];
  for (int t = 0; t < 16; t++) {
    const unsigned char *b = c->block + 4 * t;
    w[t] = (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
  }
  for (int t = 16; t < 64; t++) {
    uint32_t s0 = rotate(w[t - 15], 7) ^ rotate(w[t - 15], 18) ^ w[t - 15] >> 3;
    uint32_t s1 = rotate(w[t - 2], 17) ^ rotate(w[t - 2], 19) ^ w[t - 2] >> 10;
    w[t] = w[t - 16] + s0 + w[t - 7] + s1;
  }
  memcpy(v, c->h, sizeof v);
  for (int t = 0; t < 64; t++) {
    uint32_t s1 = rotate(v[4], 6) ^ rotate(v[4], 11) ^ rotate(v[4], 25);
    uint32_t t1 = v[7] + s1 + ((v[4] & v[5]) ^ (~v[4] & v[6])) + k[t] + w[t];
    uint32_t s0 = rotate(v[0], 2) ^ rotate(v[0], 13) ^ rotate(v[0], 22);
    uint32_t t2 = s0 + ((v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]));
    memmove(v + 1, v, 7 * sizeof *v);
    v[4] += t1, v[0] = t1 + t2;
  }
  for (int n = 0; n < 8; n++) c->h[n] += v[n];
}
void mbedtls_sha256_init(mbedtls_sha256_context *c) { memset(c, 0, sizeof *c); }
void mbedtls_sha256_free(mbedtls_sha256_context *c) { (void)c; }
int mbedtls_sha256_starts(mbedtls_sha256_context *c, int is224) {
  static const uint32_t h[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  (void)is224;
  memcpy(c->h, h, sizeof h);
  c->bytes = 0;
  return 0;
}
int mbedtls_sha256_update(mbedtls_sha256_context *c, const unsigned char *in, size_t length) {
  while (length-- > 0) {
    c->block[c->bytes++ % 64] = *in++;
    if (c->bytes % 64 == 0) compress(c);
  }
  return 0;
}
int mbedtls_sha256_finish(mbedtls_sha256_context *c, unsigned char *out) {
  uint64_t bits = c->bytes * 8;
  unsigned char end[8], pad = 0x80, zero = 0;
  for (int n = 0; n < 8; n++) end[n] = (unsigned char)(bits >> (56 - 8 * n));
  mbedtls_sha256_update(c, &pad, 1);
  while (c->bytes % 64 != 56) mbedtls_sha256_update(c, &zero, 1);
  mbedtls_sha256_update(c, end, 8);
  for (int n = 0; n < 32; n++) out[n] = (unsigned char)(c->h[n / 4] >> (24 - 8 * (n % 4)));
  return 0;
}
int mbedtls_sha256(const unsigned char *in, size_t length, unsigned char *out, int is224) {
  mbedtls_sha256_context c;
  mbedtls_sha256_starts(&c, is224);
  mbedtls_sha256_update(&c, in, length);
  return mbedtls_sha256_finish(&c, out);
}

// Base64

int mbedtls_base64_decode(unsigned char *out, size_t size, size_t *length, const unsigned char *in,
                          size_t in_length) {
  static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  uint32_t bits = 0;
  int count = 0;
  *length = 0;
  while (in_length > 0 && in[in_length - 1] == '=') in_length--;
  for (size_t n = 0; n < in_length; n++) {
    const char *found = in[n] ? strchr(digits, in[n]) : NULL;
    if (!found) return -0x002C;
    bits = bits << 6 | (uint32_t)(found - digits);
    if ((count += 6) < 8) continue;
    if (*length == size) return -0x002A;
    out[(*length)++] = (unsigned char)(bits >> (count -= 8));
  }
  return 0;
}

// cJSON

enum { IS_NULL = 1, IS_FALSE, IS_TRUE, IS_NUMBER, IS_STRING, IS_ARRAY, IS_OBJECT };
typedef struct { const char *at, *end; } text_t;

static void skip(text_t *t) { while (t->at < t->end && isspace((unsigned char)*t->at)) t->at++; }
static bool take(text_t *t, char c) {
  skip(t);
  if (t->at == t->end || *t->at != c) return false;
  t->at++;
  return true;
}
static char *parse_string(text_t *t) {
  if (!take(t, '"')) return NULL;
  char *out = calloc(1, (size_t)(t->end - t->at) + 1), *o = out;
  while (t->at < t->end && *t->at != '"') {
    if (*t->at == '\\' && ++t->at == t->end) break;
    *o++ = *t->at++;
  }
  if (t->at < t->end) { t->at++; return out; }
  free(out);
  return NULL;
}
static cJSON *parse(text_t *t, int depth) {
  cJSON *item = calloc(1, sizeof *item), **last = &item->child;
  skip(t);
  size_t left = (size_t)(t->end - t->at);
  if (left == 0 || depth > 20) goto bad;
  if (*t->at == '"') {
    item->type = IS_STRING;
    if (!(item->valuestring = parse_string(t))) goto bad;
  } else if (*t->at == '{' || *t->at == '[') {
    char close = *t->at == '{' ? '}' : ']';
    item->type = *t->at++ == '{' ? IS_OBJECT : IS_ARRAY;
    if (take(t, close)) return item;
    do {
      char *name = NULL;
      if (item->type == IS_OBJECT && (!(name = parse_string(t)) || !take(t, ':'))) { free(name); goto bad; }
      if (!(*last = parse(t, depth + 1))) { free(name); goto bad; }
      (*last)->string = name;
      last = &(*last)->next;
    } while (take(t, ','));
    if (!take(t, close)) goto bad;
  } else if (left >= 4 && strncmp(t->at, "true", 4) == 0) {
    item->type = IS_TRUE, t->at += 4;
  } else if (left >= 4 && strncmp(t->at, "null", 4) == 0) {
    item->type = IS_NULL, t->at += 4;
  } else if (left >= 5 && strncmp(t->at, "false", 5) == 0) {
    item->type = IS_FALSE, t->at += 5;
  } else {
    char number[40] = {0}, *end;
    memcpy(number, t->at, left < 39 ? left : 39);
    item->type = IS_NUMBER, item->valuedouble = strtod(number, &end);
    if (end == number) goto bad;
    t->at += end - number;
  }
  return item;
bad:
  cJSON_Delete(item);
  return NULL;
}
cJSON *cJSON_ParseWithLength(const char *text, size_t length) {
  text_t t = {text, text + length};
  return parse(&t, 0);
}
cJSON *cJSON_Parse(const char *text) { return cJSON_ParseWithLength(text, strlen(text)); }
void cJSON_Delete(cJSON *item) {
  while (item) {
    cJSON *next = item->next;
    cJSON_Delete(item->child);
    free(item->valuestring), free(item->string), free(item);
    item = next;
  }
}
cJSON *cJSON_GetObjectItem(const cJSON *object, const char *name) {
  cJSON *item = object ? object->child : NULL;
  while (item && (!item->string || strcmp(item->string, name) != 0)) item = item->next;
  return item;
}
char *cJSON_GetStringValue(const cJSON *item) { return item && item->type == IS_STRING ? item->valuestring : NULL; }
bool cJSON_IsNumber(const cJSON *item) { return item && item->type == IS_NUMBER; }
bool cJSON_IsString(const cJSON *item) { return item && item->type == IS_STRING; }
bool cJSON_IsTrue(const cJSON *item) { return item && item->type == IS_TRUE; }
bool cJSON_IsNull(const cJSON *item) { return item && item->type == IS_NULL; }
bool cJSON_IsObject(const cJSON *item) { return item && item->type == IS_OBJECT; }
static char *print(const cJSON *item, char *out) {
  static const char *words[] = {"", "null", "false", "true"};
  if (item->type <= IS_TRUE) return out + sprintf(out, "%s", words[item->type]);
  if (item->type == IS_NUMBER) return out + sprintf(out, "%.17g", item->valuedouble);
  if (item->type == IS_STRING) return out + sprintf(out, "\"%s\"", item->valuestring);
  *out++ = item->type == IS_OBJECT ? '{' : '[';
  for (const cJSON *each = item->child; each; each = each->next) {
    if (each->string) out += sprintf(out, "\"%s\":", each->string);
    out = print(each, out);
    if (each->next) *out++ = ',';
  }
  *out++ = item->type == IS_OBJECT ? '}' : ']';
  return out;
}
char *cJSON_PrintUnformatted(const cJSON *item) {
  char *out = calloc(1, 65536);
  if (out) print(item, out);
  return out;
}
