/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Secrets and signatures: the vector of Standard Webhooks' own libraries, and rotation. */
#include "base/tyto-error.h"
#include "base/tyto-time.h"
#include "recorder/webhooks/tyto-webhook-secrets.h"
#include "recorder/webhooks/tyto-webhook-signature.h"

#include <string.h>

/* The vector that each reference library of Standard Webhooks checks itself by. */
#define VECTOR_SECRET    "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
#define VECTOR_ID        "msg_p5jXN8AQM9LWM0D4loKWxJek"
#define VECTOR_TIME      1614265330
#define VECTOR_BODY      "{\"test\": 2432232314}"
#define VECTOR_SIGNATURE "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="

#define OTHER_SECRET "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX"

static void
test_vector (void)
{
  static const char *const one[] = { VECTOR_SECRET, NULL };
  g_autofree char *header = tyto_webhook_sign (one, VECTOR_ID, VECTOR_TIME, VECTOR_BODY);

  g_assert_cmpstr (header, ==, VECTOR_SIGNATURE);
}

static void
test_each_secret_signs (void)
{
  static const char *const two[] = { OTHER_SECRET, VECTOR_SECRET, NULL };
  g_autofree char *header = tyto_webhook_sign (two, VECTOR_ID, VECTOR_TIME, VECTOR_BODY);
  g_auto (GStrv) parts = g_strsplit (header, " ", -1);

  g_assert_cmpuint (g_strv_length (parts), ==, 2);
  g_assert_cmpstr (parts[1], ==, VECTOR_SIGNATURE);
  g_assert_true (g_str_has_prefix (parts[0], "v1,"));
  g_assert_cmpstr (parts[0], !=, parts[1]);
}

static void
test_everything_is_signed (void)
{
  static const char *const one[] = { VECTOR_SECRET, NULL };
  g_autofree char *id = tyto_webhook_sign (one, "msg_other", VECTOR_TIME, VECTOR_BODY);
  g_autofree char *time = tyto_webhook_sign (one, VECTOR_ID, VECTOR_TIME + 1, VECTOR_BODY);
  g_autofree char *body = tyto_webhook_sign (one, VECTOR_ID, VECTOR_TIME, VECTOR_BODY " ");

  g_assert_cmpstr (id, !=, VECTOR_SIGNATURE);
  g_assert_cmpstr (time, !=, VECTOR_SIGNATURE);
  g_assert_cmpstr (body, !=, VECTOR_SIGNATURE);
}

static void
test_new_secrets (void)
{
  g_autofree char *one = tyto_webhook_secret_new ();
  g_autofree char *other = tyto_webhook_secret_new ();
  g_autoptr (GError) error = NULL;

  g_assert_true (tyto_webhook_secret_check (one, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (strlen (one), ==, strlen ("whsec_") + 44);
  g_assert_cmpstr (one, !=, other);
}

static void
test_wrong_secrets (void)
{
  static const char *const wrong[] = {
    "",
    "whsec_",
    "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",        /* no prefix */
    "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLQ==",  /* 22 bytes */
    "whsec_MfKQ9r8GKYqr TwjUPD8ILPZIo2LaLaSw", /* a space */
    "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS",   /* broken off */
    "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLa-_",  /* base64url */
  };
  guchar bytes[65] = { 0 };
  g_autofree char *base64 = g_base64_encode (bytes, sizeof bytes);
  g_autofree char *longest = g_strconcat ("whsec_", base64, NULL);
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++) {
    g_assert_false (tyto_webhook_secret_check (wrong[i], &error));
    g_assert_error (error, TYTO_ERROR, TYTO_ERROR_INVALID_ARGUMENT);
    g_assert_null (strstr (error->message, "MfKQ"));
    g_clear_error (&error);
  }
  g_assert_false (tyto_webhook_secret_check (longest, NULL));
}

#define NOW ((gint64) 1800000000 * G_USEC_PER_SEC)

static void
test_rotation (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *first = tyto_webhook_secrets_rotate ("", VECTOR_SECRET, NOW);
  g_autofree char *second = tyto_webhook_secrets_rotate (first, OTHER_SECRET, NOW);
  g_auto (GStrv) during
      = tyto_webhook_secrets_parse (second, NOW + TYTO_WEBHOOK_OVERLAP_US - 1, &error);
  g_auto (GStrv) after = tyto_webhook_secrets_parse (second, NOW + TYTO_WEBHOOK_OVERLAP_US, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (g_strv_length (during), ==, 2);
  g_assert_cmpstr (during[0], ==, OTHER_SECRET);
  g_assert_cmpstr (during[1], ==, VECTOR_SECRET);
  g_assert_cmpuint (g_strv_length (after), ==, 1);
  g_assert_cmpstr (after[0], ==, OTHER_SECRET);
}

static void
test_rotation_keeps_few_and_prolongs_none (void)
{
  g_autofree char *text = g_strdup ("");
  g_autofree char *end = NULL;
  g_auto (GStrv) secrets = NULL;

  for (guint i = 0; i < 20; i++) {
    g_autofree char *secret = tyto_webhook_secret_new ();
    g_autofree char *before = g_steal_pointer (&text);

    text = tyto_webhook_secrets_rotate (before, secret, NOW + i);
  }
  secrets = tyto_webhook_secrets_parse (text, NOW + 20, NULL);
  g_assert_cmpuint (g_strv_length (secrets), ==, 5);

  g_free (text);
  text = tyto_webhook_secrets_rotate (VECTOR_SECRET " 2027-01-15T09:00:00Z", OTHER_SECRET, NOW);
  end = strstr (text, "2027-01-15T09:00:00") != NULL ? g_strdup ("kept") : NULL;
  g_assert_cmpstr (end, ==, "kept");
}

static void
test_credentials_of_several_lines (void)
{
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) two
      = tyto_webhook_secrets_parse ("  " VECTOR_SECRET "\r\n\n" OTHER_SECRET "\n", NOW, &error);
  g_auto (GStrv) wrong = NULL;

  g_assert_no_error (error);
  g_assert_cmpuint (g_strv_length (two), ==, 2);
  wrong = tyto_webhook_secrets_parse (VECTOR_SECRET "\nhunter2", NOW, &error);
  g_assert_null (wrong);
  g_assert_error (error, TYTO_ERROR, TYTO_ERROR_INVALID_ARGUMENT);
  g_assert_true (g_str_has_prefix (error->message, "Line 2: "));
  g_assert_null (strstr (error->message, "hunter2"));
}

static gboolean
verify (const char *secret, const TytoWebhookProof *proof, const char *body, gint64 now)
{
  g_autoptr (GBytes) bytes = g_bytes_new (body, strlen (body));
  g_autoptr (GError) error = NULL;

  if (tyto_webhook_verify (secret, proof, bytes, now, &error))
    return TRUE;
  g_assert_error (error, TYTO_ERROR, TYTO_ERROR_UNAUTHORIZED);
  g_assert_null (strstr (error->message, secret));
  return FALSE;
}

static void
test_verify_signature (void)
{
  TytoWebhookProof proof
      = { VECTOR_ID, G_STRINGIFY (VECTOR_TIME), "v1a,AAAA " VECTOR_SIGNATURE, NULL };

  g_assert_true (verify (VECTOR_SECRET, &proof, VECTOR_BODY, VECTOR_TIME));
  g_assert_true (verify (VECTOR_SECRET, &proof, VECTOR_BODY, VECTOR_TIME + 300));
  g_assert_true (verify (VECTOR_SECRET, &proof, VECTOR_BODY, VECTOR_TIME - 300));
  g_assert_false (verify (VECTOR_SECRET, &proof, VECTOR_BODY, VECTOR_TIME + 301));
  g_assert_false (verify (VECTOR_SECRET, &proof, VECTOR_BODY, VECTOR_TIME - 301));
  g_assert_false (verify (OTHER_SECRET, &proof, VECTOR_BODY, VECTOR_TIME));
  g_assert_false (verify (VECTOR_SECRET, &proof, VECTOR_BODY " ", VECTOR_TIME));
  proof.id = "msg_other";
  g_assert_false (verify (VECTOR_SECRET, &proof, VECTOR_BODY, VECTOR_TIME));
  proof.id = NULL;
  g_assert_false (verify (VECTOR_SECRET, &proof, VECTOR_BODY, VECTOR_TIME));
  proof = (TytoWebhookProof){ VECTOR_ID, "soon", VECTOR_SIGNATURE, NULL };
  g_assert_false (verify (VECTOR_SECRET, &proof, VECTOR_BODY, VECTOR_TIME));
  /* Of a secret that is no whsec_ the text is the key; what is signed wrongly is not saved by a
   * digest. */
  proof = (TytoWebhookProof){ VECTOR_ID, G_STRINGIFY (VECTOR_TIME), VECTOR_SIGNATURE, NULL };
  g_assert_false (verify ("a plain secret", &proof, VECTOR_BODY, VECTOR_TIME));
  proof.signature = "v1,ENqrYZJfEdejvH41MpDAd0s4SZwl35B0bx0LOnREaDY=";
  g_assert_true (verify ("a plain secret", &proof, VECTOR_BODY, VECTOR_TIME));
  proof.digest = "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
  g_assert_false (verify ("It's a Secret to Everybody", &proof, "Hello, World!", VECTOR_TIME));
}

/* The vector of GitHub's documentation. */
static void
test_verify_digest (void)
{
  static const char secret[] = "It's a Secret to Everybody";
  TytoWebhookProof proof = {
    .digest = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17",
  };

  g_assert_true (verify (secret, &proof, "Hello, World!", 0));
  g_assert_false (verify (secret, &proof, "Hello, World", 0));
  g_assert_false (verify (secret, &proof, "", 0));
  g_assert_false (verify ("another", &proof, "Hello, World!", 0));
  proof.digest += strlen ("sha256=");
  g_assert_true (verify (secret, &proof, "Hello, World!", 0));
  proof.digest = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e1g";
  g_assert_false (verify (secret, &proof, "Hello, World!", 0));
  proof.digest = "sha256=";
  g_assert_false (verify (secret, &proof, "Hello, World!", 0));
  proof.digest = NULL;
  g_assert_false (verify (secret, &proof, "Hello, World!", 0));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/webhook-signature/vector", test_vector);
  g_test_add_func ("/webhook-signature/each-secret-signs", test_each_secret_signs);
  g_test_add_func ("/webhook-signature/everything-is-signed", test_everything_is_signed);
  g_test_add_func ("/webhook-signature/new-secrets", test_new_secrets);
  g_test_add_func ("/webhook-signature/wrong-secrets", test_wrong_secrets);
  g_test_add_func ("/webhook-signature/rotation", test_rotation);
  g_test_add_func ("/webhook-signature/rotation-keeps-few",
                   test_rotation_keeps_few_and_prolongs_none);
  g_test_add_func ("/webhook-signature/credentials", test_credentials_of_several_lines);
  g_test_add_func ("/webhook-signature/verify-signature", test_verify_signature);
  g_test_add_func ("/webhook-signature/verify-digest", test_verify_digest);
  return g_test_run ();
}
