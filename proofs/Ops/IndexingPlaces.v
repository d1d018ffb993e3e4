(* Where the windows of gather and scatter lie: in bounds, and the same for a gather and for the scatter that
   is its mirror image, and the other way round. *)
From Coq Require Import Reals ZArith List Bool Lra Lia Permutation.
From Pullback Require Import Base.Scalar Base.Index Base.Real Syntax Ops.Op.
From Pullback Require Import Base.Axes Ops.Source Ops.DynamicProof.
Import ListNotations.
Open Scope Z_scope.

(* ---- the floor of a number within bounds ---- *)
(* z is the largest whole number of lo ... hi that is at most v, or lo. *)
Definition floor_of (v : R) (lo hi z : Z) : Prop :=
  lo <= z <= hi /\ forall k, lo < k <= hi -> (k <= z <-> (IZR k <= v)%R).
Lemma sfloor_floor n lo v : floor_of v lo (lo + Z.of_nat n) (sindex Rscal n lo v).
Proof.
  revert lo. induction n as [|n IH]; intros lo; cbn [sindex].
  - split. lia. intros k Hk. lia.
  - cbn [sltb sofQ Rscal]. replace (IZR (lo + 1) / IZR 1)%R with (IZR (lo + 1)) by (simpl; field).
    destruct (Rltb v (IZR (lo + 1))) eqn:E.
    + apply Rltb_true in E. split. lia. intros k Hk. split; intros H; [lia|].
      assert (IZR (lo + 1) <= IZR k)%R by (apply IZR_le; lia). lra.
    + apply Rltb_false in E. destruct (IH (lo + 1)) as [B S]. split. lia. intros k Hk.
      destruct (Z.eq_dec k (lo + 1)) as [->|N]; [|apply S; lia]. split; intros H; auto; lia.
Qed.
Lemma floor_unique v lo hi z z' : floor_of v lo hi z -> floor_of v lo hi z' -> z = z'.
Proof.
  intros [B S] [B' S']. destruct (Z.lt_trichotomy z z') as [L|[E|L]]; auto; exfalso.
  - assert (H : z' <= z) by (apply S; [lia|]; apply S'; lia). lia.
  - assert (H : z <= z') by (apply S'; [lia|]; apply S; lia). lia.
Qed.
Lemma smin_above c x y : (c <= smin Rscal x y <-> c <= x /\ c <= y)%R.
Proof.
  unfold smin; cbn [sltb Rscal]. destruct (Rltb y x) eqn:E;
    [apply Rltb_true in E|apply Rltb_false in E]; lra.
Qed.
Lemma smax_above c x y : (c <= smax Rscal x y <-> c <= x \/ c <= y)%R.
Proof.
  unfold smax; cbn [sltb Rscal]. destruct (Rltb x y) eqn:E;
    [apply Rltb_true in E|apply Rltb_false in E]; lra.
Qed.
Lemma IZR_le_iff a b : (IZR a <= IZR b)%R <-> a <= b.
Proof. split; [apply le_IZR|apply IZR_le]. Qed.
(* The clamped index, as Minimum and Maximum compute it. *)
Definition clamp (low high : Z) (v : R) : R := smin Rscal (smax Rscal v (IZR low)) (IZR high).
Lemma clamp_above k low high v : low <= high ->
  (IZR k <= clamp low high v)%R <-> ((IZR k <= v)%R \/ k <= low) /\ k <= high.
Proof. intros _. unfold clamp. rewrite smin_above, smax_above, !IZR_le_iff. tauto. Qed.
(* Clamped to 0 ... m, a scatter, whose windows may lie outside, starts where a gather does. *)
Lemma floor_clamped m w v : 0 <= m -> 0 <= w ->
  sindex Rscal (Z.to_nat (m + w + w)) (- w) (clamp 0 m v) = sindex Rscal (Z.to_nat m) 0 v.
Proof.
  intros Hm Hw. pose proof (sfloor_floor (Z.to_nat m) 0 v) as [B S].
  set (z := sindex Rscal (Z.to_nat m) 0 v) in *.
  apply (floor_unique (clamp 0 m v) (- w) (- w + Z.of_nat (Z.to_nat (m + w + w)))). apply sfloor_floor.
  split. lia. intros k Hk. rewrite clamp_above by lia.
  destruct (Z_le_gt_dec k 0). { split; intros; [split; [right|]|]; lia. }
  destruct (Z_le_gt_dec k m).
  - rewrite S by lia. split; [intros H; split; auto; lia|]. intros [[H|H] _]; auto; lia.
  - split; intros H; lia.
Qed.
(* Clamped to -w ... d and shifted, a gather from the padded operand starts where a scatter does. *)
Lemma floor_shifted d w v : 0 <= d -> 0 <= w ->
  sindex Rscal (Z.to_nat (d + w)) 0 (clamp (- w) d v + IZR w)%R = sindex Rscal (Z.to_nat (d + w)) (- w) v + w.
Proof.
  intros Hd Hw. pose proof (sfloor_floor (Z.to_nat (d + w)) (- w) v) as [B S].
  set (z := sindex Rscal (Z.to_nat (d + w)) (- w) v) in *.
  apply (floor_unique (clamp (- w) d v + IZR w)%R 0 (0 + Z.of_nat (Z.to_nat (d + w)))). apply sfloor_floor.
  split. lia. intros k Hk. specialize (S (k - w) ltac:(lia)).
  assert (E : (IZR k <= clamp (- w) d v + IZR w <-> IZR (k - w) <= clamp (- w) d v)%R)
    by (rewrite minus_IZR; lra).
  rewrite E, clamp_above by lia. split.
  - intros H. split; [left; apply S; lia|lia].
  - intros [[H|H] _]; [apply S in H|]; lia.
Qed.

(* ---- lists of axes ---- *)
Lemma znth_map_zseq (f : Z -> Z) n k : 0 <= k < n -> znth (map f (zseq n)) k = f k.
Proof. intros H. rewrite znth_map, znth_zseq; auto. unfold axis_of. rewrite length_zseq; lia. Qed.
Lemma rank_map_zseq (f : Z -> Z) n : 0 <= n -> rank (map f (zseq n)) = n.
Proof. intros H. unfold rank. rewrite map_length. apply length_zseq; auto. Qed.
(* The other axes are as many as there are left. *)
Lemma rank_other_axes n l : 0 <= n -> NoDup l -> in_axes n l -> rank (other_axes n l) = n - rank l.
Proof.
  intros Hn N I. assert (P : Permutation (l ++ other_axes n l) (zseq n)).
  { apply NoDup_Permutation.
    - apply NoDup_app2; auto using NoDup_other_axes. intros a Ha H. apply in_other_axes in H. tauto.
    - apply NoDup_zseq.
    - intros a. rewrite in_app_iff, in_other_axes, in_zseq. split.
      + intros [H|H]; [apply I; auto|tauto].
      + intros H. destruct (in_dec Z.eq_dec a l); tauto. }
  apply Permutation_length in P. rewrite app_length in P. pose proof (length_zseq n Hn). unfold rank. lia.
Qed.
Lemma axis_of_rank (l : list Z) k : 0 <= k < rank l -> axis_of l k.
Proof. auto. Qed.
Lemma indexz_rank a l : In a l -> 0 <= indexz a l < rank l.
Proof. apply indexz_range. Qed.
Lemma NoDup_app_l {X} (l m : list X) : NoDup (l ++ m) -> NoDup l.
Proof. induction l; simpl; intros H; constructor; inversion H; subst; auto. rewrite in_app_iff in *; tauto.
  Qed.
Lemma NoDup_app_not {X} (l m : list X) a : NoDup (l ++ m) -> In a l -> ~ In a m.
Proof.
  induction l; simpl; intros H; [tauto|]. inversion H; subst. rewrite in_app_iff in *. intros [->|I]; auto.
Qed.

(* ---- what numbers_ok says ---- *)
Record lie (n : window_numbers) (si sx : shape) : Prop := {
  lie_rank : rank si = rank (n_offset n) + rank (n_collapsed n) + rank (n_batching n);
  lie_vector : 0 <= n_vector n <= rank sx;
  lie_map : rank (n_map n) = if n_vector n <? rank sx then znth sx (n_vector n) else 1;
  lie_offset : NoDup (n_offset n) /\ in_axes (windows_rank n (rank sx)) (n_offset n);
  lie_collapsed : NoDup (n_collapsed n ++ n_batching n) /\ in_axes (rank si) (n_collapsed n ++ n_batching n);
  lie_indices : in_axes (rank sx) (n_indices_batching n) /\ ~ In (n_vector n) (n_indices_batching n);
  lie_batching : rank (n_batching n) = rank (n_indices_batching n) /\
    forall k, axis_of (n_batching n) k ->
    znth si (znth (n_batching n) k) = znth sx (znth (n_indices_batching n) k);
  lie_started : NoDup (n_map n ++ n_batching n) /\ in_axes (rank si) (n_map n) }.

Lemma all2_length {X Y} (f : X -> Y -> bool) a b : all2 f a b = true -> length a = length b.
Proof.
  revert b; induction a; destruct b; simpl; intros; try discriminate; auto.
  f_equal. apply IHa. apply andb_prop in H as [_ H]; auto.
Qed.
Lemma numbers_lie n si sx : numbers_ok n si sx = true -> lie n si sx.
Proof.
  unfold numbers_ok. rewrite !andb_true_iff, !uniqz_NoDup, !in_range_axes, negb_true_iff, memz_not_in.
  intros H. repeat match type of H with _ /\ _ => destruct H as [H ?] end. constructor; auto; try lia.
  - split; auto. intros a. rewrite in_app_iff. intros [Ha|Ha]; auto.
  - match goal with A : all2 _ _ _ = true |- _ =>
      pose proof (all2_length _ _ _ A); pose proof (all2_znth _ _ _ A) as Z end.
    split. unfold rank; lia. intros k Hk. apply Z.eqb_eq. exact (Z k Hk).
Qed.

Section Lie.
  Variables (n : window_numbers) (si sx offsets : shape).
  Hypothesis L : lie n si sx.
  Let rw := windows_rank n (rank sx).
  Let sw := windows_shape n sx offsets.

  Lemma rw_nonneg : 0 <= rw.
  Proof. unfold rw, windows_rank. pose proof (rank_nonneg (batch_axes n (rank sx))).
    pose proof (rank_nonneg (n_offset n)). lia. Qed.
  Lemma windows_shape_rank : rank sw = rw.
  Proof. apply rank_map_zseq, rw_nonneg. Qed.
  Lemma batch_counts : rank (batch_places n rw) = rank (batch_axes n (rank sx)).
  Proof.
    destruct (lie_offset _ _ _ L) as [N I]. unfold batch_places.
    rewrite rank_other_axes by (auto using rw_nonneg). unfold rw, windows_rank. lia.
  Qed.
  (* Along the axis that stands for axis j of the indices the windows' tensor has its extent. *)
  Lemma batch_place_in j : 0 <= j < rank sx -> j <> n_vector n ->
    0 <= batch_place n (rank sx) rw j < rw /\ znth sw (batch_place n (rank sx) rw j) = znth sx j.
  Proof.
    intros Hj N. set (b := batch_axes n (rank sx)).
    assert (J : In j b) by (apply in_other_axes; simpl; intuition).
    pose proof (indexz_rank j b J) as K. pose proof batch_counts as Bc.
    fold b in Bc. rewrite <- Bc in K. unfold batch_place. fold b. set (a := znth (batch_places n rw)
      (indexz j b)).
    assert (A : In a (batch_places n rw)) by (apply znth_in; auto).
    pose proof A as A'. unfold batch_places in A. apply in_other_axes in A as [A1 A2]. split; auto.
    unfold sw, windows_shape. fold rw. rewrite znth_map_zseq by auto. apply memz_not_in in A2. rewrite A2.
    unfold a at 1. rewrite indexz_znth; auto. 2: apply NoDup_other_axes. fold b. rewrite znth_indexz; auto.
  Qed.
  (* At offset_dims it has the extents of a window. *)
  Lemma offset_in k : axis_of (n_offset n) k ->
    0 <= znth (n_offset n) k < rw /\ znth sw (znth (n_offset n) k) = znth offsets k.
  Proof.
    intros Hk. destruct (lie_offset _ _ _ L) as [N I]. pose proof (znth_in _ _ Hk) as A.
    pose proof (I _ A) as B. fold rw in B. split; auto. unfold sw, windows_shape. fold rw.
    rewrite znth_map_zseq by auto. apply memz_in in A. rewrite A, indexz_znth; auto.
  Qed.
  (* The index vectors are within the indices. *)
  Lemma index_of_inb w k : inb sw w = true -> 0 <= k < rank (n_map n) -> inb sx (index_of n (rank sx) w k)
    = true.
  Proof.
    intros Hw Hk. pose proof (inb_rank _ _ Hw) as R. rewrite windows_shape_rank in R.
    apply inb_iff. unfold index_of. rewrite rank_map_zseq by apply rank_nonneg. split; auto. intros j Hj.
    rewrite znth_map_zseq, R by auto. rewrite (lie_map _ _ _ L) in Hk. destruct (Z.eqb_spec j (n_vector n))
      as [->|N].
    - rewrite (proj2 (Z.ltb_lt _ _)) in Hk by lia. auto.
    - destruct (batch_place_in j Hj N) as [B <-]. apply inb_at; auto. rewrite windows_shape_rank. auto.
  Qed.

  Lemma kept_counts : rank (window_axes n (rank si)) = rank (n_offset n).
  Proof.
    destruct (lie_collapsed _ _ _ L) as [N I]. unfold window_axes. rewrite rank_other_axes; auto using
      rank_nonneg.
    rewrite (lie_rank _ _ _ L). unfold rank. rewrite app_length. lia.
  Qed.
  (* An axis of the operand is a batching one, is collapsed, or has windows along it. *)
  Lemma axis_cases d : 0 <= d < rank si ->
    (In d (n_batching n) /\ ~ In d (n_map n)) \/ (~ In d (n_batching n) /\ In d (n_collapsed n)) \/
    (~ In d (n_batching n) /\ ~ In d (n_collapsed n) /\ In d (window_axes n (rank si))).
  Proof.
    intros Hd. destruct (in_dec Z.eq_dec d (n_batching n)) as [B|B].
    - left. split; auto. intros M. apply (NoDup_app_not _ _ _ (proj1 (lie_started _ _ _ L)) M B).
    - right. destruct (in_dec Z.eq_dec d (n_collapsed n)) as [C|C]; [left; auto|right].
      repeat split; auto. apply in_other_axes. rewrite in_app_iff. tauto.
  Qed.
  (* The axis of the windows' tensor along each. *)
  Lemma window_axis_batching d : In d (n_batching n) -> let a := window_axis n (rank si) (rank sx) rw d in
    0 <= a < rw /\ znth sw a = znth si d.
  Proof.
    intros B. unfold window_axis. pose proof B as B'. apply memz_in in B'. rewrite B'.
    destruct (lie_batching _ _ _ L) as [Lb E]. pose proof (indexz_range _ _ B) as K.
    specialize (E _ K). rewrite znth_indexz in E by auto. rewrite E.
    assert (J : In (znth (n_indices_batching n) (indexz d (n_batching n))) (n_indices_batching n))
      by (apply znth_in, axis_of_rank; pose proof (indexz_rank _ _ B); lia).
    destruct (lie_indices _ _ _ L) as [I V]. apply batch_place_in. apply I; auto. intros Q; rewrite Q in J;
      auto.
  Qed.
  Lemma window_axis_collapsed d : ~ In d (n_batching n) -> In d (n_collapsed n) ->
    window_axis n (rank si) (rank sx) rw d = -1.
  Proof. intros B C. unfold window_axis. apply memz_not_in in B. apply memz_in in C. rewrite B, C. auto. Qed.
  Lemma window_axis_kept d : ~ In d (n_batching n) -> ~ In d (n_collapsed n) -> In d (window_axes n (rank
    si)) ->
    let a := window_axis n (rank si) (rank sx) rw d in
    0 <= a < rw /\ znth sw a = znth offsets (indexz d (window_axes n (rank si))).
  Proof.
    intros B C W. unfold window_axis. apply memz_not_in in B. apply memz_not_in in C. rewrite B, C.
    apply offset_in, axis_of_rank. rewrite <- kept_counts. apply indexz_rank; auto.
  Qed.

  (* The extent of a window along an axis. *)
  Lemma extent_one d : In d (n_batching n) \/ In d (n_collapsed n) -> window_extent n (rank si) (rank sx)
    sw d = 1.
  Proof.
    intros H. unfold window_extent. rewrite <- !memz_in in H.
    destruct (memz d (n_batching n)); auto. destruct H as [H|H]; [discriminate|rewrite H; auto].
  Qed.
  Lemma extent_kept d : ~ In d (n_batching n) -> ~ In d (n_collapsed n) -> In d (window_axes n (rank si)) ->
    window_extent n (rank si) (rank sx) sw d = znth offsets (indexz d (window_axes n (rank si))).
  Proof.
    intros B C W. unfold window_extent. rewrite windows_shape_rank.
    pose proof (window_axis_kept d B C W) as [_ E]. apply memz_not_in in B. apply memz_not_in in C.
    rewrite B, C. exact E.
  Qed.
  (* Extents are not negative. *)
  Lemma extent_nonneg w d : inb sw w = true -> 0 <= d < rank si -> 0 <= window_extent n (rank si) (rank sx)
    sw d.
  Proof.
    intros Hw Hd. destruct (axis_cases d Hd) as [[B _]|[[B C]|(B & C & W)]].
    - rewrite extent_one; auto; lia.
    - rewrite extent_one; auto; lia.
    - unfold window_extent. rewrite windows_shape_rank. pose proof (window_axis_kept d B C W) as [A _].
      destruct (_ || _)%bool; [lia|]. pose proof (inb_at _ _ (window_axis n (rank si) (rank sx) rw d) Hw)
        as Q.
      rewrite windows_shape_rank in Q. specialize (Q A). lia.
  Qed.
End Lie.

(* ---- gather ---- *)
(* What the typing of the slice sizes says. *)
Definition sliced (n : window_numbers) (sizes si : shape) : Prop :=
  rank sizes = rank si /\ (forall d, 0 <= d < rank si -> 0 <= znth sizes d <= znth si d) /\
  (forall d, In d (n_collapsed n) -> znth sizes d = 1).
Lemma kept_size n si sx sizes d : lie n si sx -> In d (window_axes n (rank si)) ->
  znth (pick (window_axes n (rank si)) sizes) (indexz d (window_axes n (rank si))) = znth sizes d.
Proof. intros L W. rewrite znth_pick, znth_indexz by (auto; apply indexz_range; auto). auto. Qed.
Lemma gather_place_inb n sizes si sx v w : lie n si sx -> sliced n sizes si ->
  inb (windows_shape n sx (pick (window_axes n (rank si)) sizes)) w = true ->
  inb si (gather_place Rscal n sizes si (rank sx) v w) = true.
Proof.
  intros L (R & S & C1) Hw. set (offsets := pick (window_axes n (rank si)) sizes) in *.
  pose proof (inb_rank _ _ Hw) as Rw. rewrite (windows_shape_rank n sx offsets) in Rw.
  apply inb_iff. unfold gather_place, place. rewrite rank_map_zseq by apply rank_nonneg. split; auto.
  intros d Hd. rewrite znth_map_zseq by auto. unfold place_at. rewrite Rw.
  pose proof (sfloor_between Rscal (Z.to_nat (znth si d - znth sizes d)) 0
    (v (index_of n (rank sx) w (indexz d (n_map n))))) as F.
  set (f := sindex _ _ _ _) in *. specialize (S d Hd).
  assert (F' : 0 <= (if memz d (n_map n) then f else 0) <= znth si d - znth sizes d)
    by (destruct (memz d (n_map n)); lia).
  destruct (axis_cases n si sx L d Hd) as [[B M]|[[B C]|(B & C & W)]].
  - pose proof (window_axis_batching n si sx offsets L d B) as [A E].
    apply memz_not_in in M. rewrite M. cbn zeta. set (a := window_axis _ _ _ _ _) in *.
    destruct (Z.ltb_spec a 0); [lia|]. rewrite <- E. simpl. apply inb_at; auto.
    rewrite (windows_shape_rank n sx offsets). auto.
  - rewrite (window_axis_collapsed n si sx d B C). simpl. specialize (C1 d C). lia.
  - pose proof (window_axis_kept n si sx offsets L d B C W) as [A E].
    unfold offsets in E. rewrite (kept_size n si sx) in E by auto. fold offsets in E. cbn zeta.
    set (a := window_axis _ _ _ _ _) in *. destruct (Z.ltb_spec a 0); [lia|].
    pose proof (inb_at _ _ a Hw) as Q. rewrite (windows_shape_rank n sx offsets) in Q. specialize (Q A). lia.
Qed.
(* Two places agree where the starts do. *)
Lemma place_ext n ri rx low room low' room' (v v' : tensor) w :
  (forall d, 0 <= d < ri -> In d (n_map n) -> let j := index_of n rx w (indexz d (n_map n)) in
     sindex Rscal (Z.to_nat (room d)) (low d) (v j) = sindex Rscal (Z.to_nat (room' d)) (low' d) (v' j)) ->
  place n Rscal ri rx low room v w = place n Rscal ri rx low' room' v' w.
Proof.
  intros H. apply map_ext_in. intros d Hd. apply in_zseq in Hd. unfold place_at. f_equal.
  destruct (memz d (n_map n)) eqn:M; auto. apply memz_in in M. apply (H d Hd M).
Qed.
(* With clamped indices a scatter writes where the gather reads. *)
Lemma scatter_gather_place n sizes si sx v v' w : lie n si sx -> sliced n sizes si ->
  let sw := windows_shape n sx (pick (window_axes n (rank si)) sizes) in inb sw w = true ->
  (forall d, In d (n_map n) -> let j := index_of n (rank sx) w (indexz d (n_map n)) in
     v' j = clamp 0 (znth si d - znth sizes d) (v j)) ->
  scatter_place Rscal n si sw (rank sx) v' w = gather_place Rscal n sizes si (rank sx) v w.
Proof.
  intros L S sw Hw Hv. apply place_ext. intros d Hd M. cbn zeta. rewrite (Hv d M).
  destruct S as (_ & S & C1). specialize (S d Hd).
  assert (E : window_extent n (rank si) (rank sx) sw d = znth sizes d).
  { unfold sw. destruct (axis_cases n si sx L d Hd) as [[B M']|[[B C]|(B & C & W)]]; [tauto| |].
    - rewrite (extent_one n si sx), C1; auto.
    - rewrite (extent_kept n si sx), (kept_size n si sx); auto. }
  rewrite E. replace (znth si d + znth sizes d) with (znth si d - znth sizes d + znth sizes d + znth sizes d)
    by ring. apply floor_clamped; lia.
Qed.
(* A gather, with shifted indices, from an operand with room around it reads where the scatter writes. *)
Lemma gather_scatter_place n si sp sx sw low sizes v v' w : lie n si sx -> rank sp = rank si ->
  (forall d, 0 <= d < rank si -> 0 <= znth si d /\ 0 <= window_extent n (rank si) (rank sx) sw d) ->
  (forall d, 0 <= d < rank si -> znth sizes d = window_extent n (rank si) (rank sx) sw d /\
     znth low d = (if memz d (n_map n) then znth sizes d else 0) /\ znth sp d = znth si d + 2 * znth low d) ->
  (forall d, In d (n_map n) -> let j := index_of n (rank sx) w (indexz d (n_map n)) in
     let e := window_extent n (rank si) (rank sx) sw d in v' j = (clamp (- e) (znth si d) (v j) + IZR e)%R) ->
  gather_place Rscal n sizes sp (rank sx) v' w
  = map (fun d => znth low d + znth (scatter_place Rscal n si sw (rank sx) v w) d) (zseq (rank si)).
Proof.
  intros L R N S Hv. unfold gather_place, place at 1. rewrite R. apply map_ext_in. intros d Hd.
  apply in_zseq in Hd. unfold scatter_place, place. rewrite znth_map_zseq by auto.
  destruct (N d Hd) as [N1 N2]. destruct (S d Hd) as (S1 & S2 & S3). unfold place_at.
  rewrite S2. destruct (memz d (n_map n)) eqn:M.
  - apply memz_in in M. rewrite (Hv d M). cbn zeta. rewrite S3, S2, S1.
    set (e := window_extent _ _ _ _ _) in *. set (a := if _ <? 0 then _ else _).
    replace (znth si d + 2 * e - e) with (znth si d + e) by ring. rewrite floor_shifted by auto. ring.
  - ring.
Qed.
