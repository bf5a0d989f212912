/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/tyto-certificate.h"

const char *
tyto_certificate_problem (GTlsCertificateFlags flags)
{
  if (flags & G_TLS_CERTIFICATE_BAD_IDENTITY)
    return "it is for another host";
  if (flags & G_TLS_CERTIFICATE_EXPIRED)
    return "it has expired";
  if (flags & G_TLS_CERTIFICATE_NOT_ACTIVATED)
    return "it is not valid yet";
  if (flags & G_TLS_CERTIFICATE_REVOKED)
    return "it is revoked";
  if (flags & G_TLS_CERTIFICATE_UNKNOWN_CA)
    return "no trusted authority has signed it";
  return "it cannot be verified";
}
