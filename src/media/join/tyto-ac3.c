/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-ac3.c: AC-3 and E-AC-3 (ETSI TS 102 366, 4.3 and annex E; in an MP4: annex F). */
#include "media/join/tyto-audio-frames.h"
#include "media/join/tyto-bit-reader.h"

#include <string.h>

#define HEADER_AC3     8
#define HEADER_EAC3    64 /* more than bsi up to chanmap takes */
#define BSID_AC3_MAX   10
#define BSID_EAC3_MAX  16
#define BSID(data)     ((data)[5] >> 3)
#define RATE_NONE      3
#define BLOCK_SAMPLES  256
#define BLOCKS         6 /* an access unit of E-AC-3 has so many, in one or several frames */
#define TYPE_DEPENDENT 1
#define TYPE_NONE      3
#define CHANMAP_FIRST  5 /* location that is bit 0 of chan_loc: E.1.3.1.8, F.6.2.14 */
#define CHANMAP_LFE2   15
#define CHAN_LOC_LFE2  0x100

static const guint rates[] = { 48000, 44100, 32000 };

/* One syncframe. */
typedef struct {
  guint size;
  guint type;
  guint substream;
  guint rate_code;
  guint rate;
  guint blocks;
  guint bsid;
  guint bsmod;
  guint acmod;
  gboolean lfe;
  guint bit_rate_code;
  guint locations; /* chan_loc */
} Sync;

static guint
count_channels (const Sync *sync)
{
  static const guint8 channels[] = { 2, 1, 2, 3, 3, 4, 4, 5 }; /* table 4.3 */

  return channels[sync->acmod] + (sync->lfe ? 1 : 0);
}

/* syncinfo and bsi: 4.3.1, 4.3.2; sizes: table 4.13 */
static gboolean
read_ac3 (const guint8 *data, Sync *sync)
{
  static const guint16 bit_rates[]
      = { 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384, 448, 512, 576, 640 };
  TytoBitReader in;
  guint code;
  guint words;

  tyto_bit_reader_init (&in, data, HEADER_AC3, FALSE);
  tyto_bit_reader_skip (&in, 32);
  sync->rate_code = tyto_bit_reader_bits (&in, 2);
  code = tyto_bit_reader_bits (&in, 6);
  if (sync->rate_code == RATE_NONE || code / 2 >= G_N_ELEMENTS (bit_rates))
    return FALSE;
  sync->bit_rate_code = code / 2;
  sync->rate = rates[sync->rate_code];
  words = bit_rates[code / 2] * 96000 / sync->rate;
  if (sync->rate_code == 1)
    words += code & 1;
  sync->size = 2 * words;
  sync->blocks = BLOCKS;
  sync->bsid = tyto_bit_reader_bits (&in, 5);
  sync->bsmod = tyto_bit_reader_bits (&in, 3);
  sync->acmod = tyto_bit_reader_bits (&in, 3);
  if (sync->acmod & 1 && sync->acmod != 1)
    tyto_bit_reader_skip (&in, 2); /* cmixlev */
  if (sync->acmod & 4)
    tyto_bit_reader_skip (&in, 2); /* surmixlev */
  if (sync->acmod == 2)
    tyto_bit_reader_skip (&in, 2); /* dsurmod */
  sync->lfe = tyto_bit_reader_flag (&in);
  return TRUE;
}

/* chanmap, its first location in the most significant bit */
static guint
read_locations (guint chanmap)
{
  guint locations = 0;

  for (guint i = CHANMAP_FIRST; i < CHANMAP_FIRST + 8; i++)
    if (chanmap & 1u << (CHANMAP_LFE2 - i))
      locations |= 1u << (i - CHANMAP_FIRST);
  return chanmap & 1 ? locations | CHAN_LOC_LFE2 : locations;
}

/* bsi: E.1.2.2 */
static gboolean
read_eac3 (const guint8 *data, gsize size, Sync *sync)
{
  static const guint8 blocks[] = { 1, 2, 3, 6 };
  TytoBitReader in;

  tyto_bit_reader_init (&in, data, size, FALSE);
  tyto_bit_reader_skip (&in, 16);
  sync->type = tyto_bit_reader_bits (&in, 2);
  sync->substream = tyto_bit_reader_bits (&in, 3);
  sync->size = 2 * (1 + tyto_bit_reader_bits (&in, 11));
  sync->rate_code = tyto_bit_reader_bits (&in, 2);
  if (sync->rate_code == RATE_NONE) {
    guint half = tyto_bit_reader_bits (&in, 2);

    if (half == RATE_NONE)
      return FALSE;
    sync->rate = rates[half] / 2;
    sync->blocks = BLOCKS;
  } else {
    sync->rate = rates[sync->rate_code];
    sync->blocks = blocks[tyto_bit_reader_bits (&in, 2)];
  }
  sync->acmod = tyto_bit_reader_bits (&in, 3);
  sync->lfe = tyto_bit_reader_flag (&in);
  sync->bsid = tyto_bit_reader_bits (&in, 5);
  for (guint i = 0; i < (sync->acmod == 0 ? 2 : 1); i++) {
    tyto_bit_reader_skip (&in, 5);  /* dialnorm */
    if (tyto_bit_reader_flag (&in)) /* compre */
      tyto_bit_reader_skip (&in, 8);
  }
  if (sync->type == TYPE_DEPENDENT && tyto_bit_reader_flag (&in))
    sync->locations = read_locations (tyto_bit_reader_bits (&in, 16));
  return !in.failed && sync->type != TYPE_NONE && sync->size > HEADER_AC3;
}

static TytoAudioRead
read_sync (const guint8 *data, gsize size, Sync *sync)
{
  *sync = (Sync){ 0 };
  if (size < HEADER_AC3)
    return TYTO_AUDIO_MORE;
  if (data[0] != 0x0b || data[1] != 0x77 || BSID (data) > BSID_EAC3_MAX)
    return TYTO_AUDIO_NONE;
  if (BSID (data) <= BSID_AC3_MAX)
    return read_ac3 (data, sync) ? TYTO_AUDIO_FRAME : TYTO_AUDIO_NONE;
  if (read_eac3 (data, MIN (size, HEADER_EAC3), sync))
    return TYTO_AUDIO_FRAME;
  return size < HEADER_EAC3 ? TYTO_AUDIO_MORE : TYTO_AUDIO_NONE;
}

/* What an access unit of E-AC-3 is made of: F.6: an independent substream, and those that depend on
 * it, over six blocks. @first: of the first frame. */
static TytoAudioRead
read_group (const guint8 *data, gsize size, gboolean end, const Sync *first, TytoAudioFrame *frame,
            guint *dependents, guint *locations)
{
  guint blocks = first->blocks;
  Sync sync;

  *dependents = *locations = 0;
  frame->size = first->size;
  for (;;) {
    TytoAudioRead read;

    if (frame->size >= size)
      return blocks >= BLOCKS && (end || frame->size > size) ? TYTO_AUDIO_FRAME : TYTO_AUDIO_MORE;
    read = read_sync (data + frame->size, size - frame->size, &sync);
    if (read == TYTO_AUDIO_MORE)
      return read;
    if (read == TYTO_AUDIO_NONE || sync.bsid <= BSID_AC3_MAX)
      break;
    if (sync.type != TYPE_DEPENDENT && (blocks >= BLOCKS || sync.substream != 0))
      break;
    if (sync.type != TYPE_DEPENDENT) {
      blocks += sync.blocks;
    } else if (sync.substream + 1 > *dependents) {
      *dependents = sync.substream + 1;
      *locations |= sync.locations;
    }
    frame->size += sync.size;
  }
  frame->unusable = blocks != BLOCKS;
  return TYTO_AUDIO_FRAME;
}

static TytoAudioRead
ac3_read (const guint8 *data, gsize size, gboolean end, TytoAudioFrame *frame)
{
  Sync sync;
  TytoAudioRead read = read_sync (data, size, &sync);
  guint dependents = 0;
  guint locations = 0;

  if (read != TYTO_AUDIO_FRAME)
    return read;
  frame->codec = sync.bsid <= BSID_AC3_MAX ? TYTO_MEDIA_AC3 : TYTO_MEDIA_EAC3;
  frame->size = sync.size;
  if (frame->codec == TYTO_MEDIA_EAC3) {
    if (sync.type == TYPE_DEPENDENT || sync.substream != 0)
      return TYTO_AUDIO_NONE;
    read = read_group (data, size, end, &sync, frame, &dependents, &locations);
  }
  frame->samples = BLOCKS * BLOCK_SAMPLES;
  frame->rate = sync.rate;
  frame->channels = count_channels (&sync) + (guint) (2 * dependents);
  frame->format = sync.rate_code | sync.acmod << 2 | (sync.lfe ? 1 : 0) << 5 | sync.bsid << 6
                  | sync.bsmod << 11 | sync.bit_rate_code << 14 | (guint64) dependents << 20
                  | (guint64) locations << 24;
  return read;
}

static void
put_bits (guint64 *to, guint count, guint value)
{
  *to = *to << count | value;
}

/* dac3: F.4.1; dec3: F.6.1 */
static GBytes *
ac3_config (const guint8 *data, const TytoAudioFrame *frame)
{
  guint dependents = frame->format >> 20 & 15;
  gboolean eac3 = frame->codec == TYTO_MEDIA_EAC3;
  guint64 bits = 0;
  guint size = 3;
  Sync sync;

  read_sync (data, frame->size, &sync);
  if (eac3) {
    put_bits (&bits, 13, MIN (8191, frame->size * 8 / (frame->samples * 1000 / frame->rate)));
    put_bits (&bits, 3, 0); /* independent substreams less one */
  }
  put_bits (&bits, 2, sync.rate_code);
  put_bits (&bits, 5, sync.bsid);
  put_bits (&bits, eac3 ? 2 : 0, 0); /* reserved, asvc */
  put_bits (&bits, 3, sync.bsmod);
  put_bits (&bits, 3, sync.acmod);
  put_bits (&bits, 1, sync.lfe ? 1 : 0);
  if (eac3) {
    put_bits (&bits, 3 + 4, dependents);
    put_bits (&bits, dependents > 0 ? 9 : 1, (guint) (frame->format >> 24));
    size = dependents > 0 ? 6 : 5;
  } else {
    put_bits (&bits, 5 + 5, sync.bit_rate_code << 5);
  }
  bits = GUINT64_TO_BE (bits << (64 - 8 * size));
  return g_bytes_new (&bits, size);
}

const TytoAudioFraming tyto_audio_framing_ac3 = { ac3_read, ac3_config };
