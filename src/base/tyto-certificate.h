/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-certificate.h: what is wrong with the certificate of a TLS server (RFC 5280), in words. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* The worst of @flags, as the end of a sentence: "it has expired". (transfer none) */
const char *tyto_certificate_problem (GTlsCertificateFlags flags);

G_END_DECLS
