/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* join-ts-scene.h: makes segments of MPEG-TS, right or wrong as a test wants them, and reads them
 * with tyto-unit-reader.h. */
#pragma once

#include "media/join/tyto-unit-reader.h"

G_BEGIN_DECLS

#define SCENE_VIDEO   0x100
#define SCENE_AUDIO   0x101
#define SCENE_PMT     0x1000
#define SCENE_PACKET  188
#define SCENE_NO_TIME G_MININT64
#define SCENE_FRAME   3600 /* ticks */
#define SCENE_SOUND   1920 /* 1024 samples at 48 kHz */
#define SCENE_WRAP    (G_GINT64_CONSTANT (1) << 33)
#define SCENE_FILL    0x55
#define SCENE_H264    0x1b
#define SCENE_AAC     0x0f
#define SCENE_DATA    0x06

typedef struct {
  GByteArray *ts;
  guint8 counters[0x2000];
} Scene;

Scene *scene_new (void);
void scene_free (Scene *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Scene, scene_free)

/* Begins the next segment: counters go on. */
void scene_clear (Scene *self);

/* PAT and PMT; @types and @pids of @n streams. */
void scene_put_tables (Scene *self, guint n, const guint8 *types, const guint *pids);
void scene_put_usual_tables (Scene *self); /* H.264 and AAC */

typedef struct {
  guint pid;
  gint64 pts; /* SCENE_NO_TIME: none */
  gint64 dts; /* SCENE_NO_TIME: as @pts */
  gboolean bounded;
  gboolean random_access;
} ScenePes;

void scene_put_pes (Scene *self, const ScenePes *pes, const GByteArray *payload);
/* The same, of this payload; unbounded for video. (transfer full) */
void scene_put_video (Scene *self, gint64 dts, gint64 pts, GByteArray *payload);
void scene_put_audio (Scene *self, gint64 pts, GByteArray *payload);

/* Packets @from on, @count of them, go. */
void scene_remove_packets (Scene *self, guint from, guint count);
guint scene_count_packets (const Scene *self);
guint8 *scene_get_packet (const Scene *self, guint at);

/**
 * ScenePicture: an H.264 picture whose slices are filled with @fill.
 * @sets: 0: none; else SPS and PPS in front, of a picture so many macroblocks wide and high
 * @fields: of the SPS and of the slices: 0: progressive; 1: frames that may be fields; 2: top, 3:
 * bottom field
 */
typedef struct {
  gboolean delimiter;
  guint sets;
  guint fields;
  gboolean recovery;
  gboolean idr;
  gboolean intra;
  guint frame_num;
  guint slices;
  guint bytes; /* of a slice, about */
  guint8 fill; /* not below 4 */
} ScenePicture;

/* (transfer full) */
GByteArray *scene_picture (const ScenePicture *picture);
void scene_append (GByteArray *to, GByteArray *from); /* @from: (transfer full) */

/* @count frames of AAC in ADTS, 48 kHz, each @bytes of @fill and the number of the frame. (transfer
 * full) */
GByteArray *scene_adts (guint count, guint bytes, guint8 fill);

/* A unit that a reader gave. */
typedef struct {
  TytoMediaUnit unit;
  GBytes *data;
} SceneUnit;

/* Reads @segment; @continuous as in tyto_unit_reader_open(). (element-type SceneUnit) */
GArray *scene_read (TytoUnitReader *reader, GByteArray *segment, gboolean continuous);
GArray *scene_read_scene (TytoUnitReader *reader, const Scene *scene, gboolean continuous);
void scene_refused (TytoUnitReader *reader, GByteArray *segment);

/* Those of video, or of audio. (element-type SceneUnit); (transfer full) */
GArray *scene_pick (GArray *units, gboolean video);
const SceneUnit *scene_unit (GArray *units, guint at);

/* Picture @at of a stream of 64×64 pixels that has an IDR each eight. (transfer full) */
GByteArray *scene_usual_picture (guint at);

/* @count of them, one a PES packet, at @from and the ticks of their number. */
void scene_put_pictures (Scene *self, guint first, guint count, gint64 from);

/* Those of video among @units are these. */
void scene_check_pictures (GArray *units, guint first, guint count, gint64 from);

/* What the reader says of the segment last read; @bad: of bad bytes, whether there are some. */
void scene_check_damage (TytoUnitReader *reader, guint64 lost, guint64 dropped, gboolean bad);

G_END_DECLS
