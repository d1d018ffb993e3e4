(* The axes of a generalised matrix product: how its three index sets depend on each other. No reals. *)
From Coq Require Import ZArith List Bool Lia Permutation.
From Pullback Require Import Base.Index Syntax Ops.Shape Base.Axes Ops.Source Ops.Dot.
Import ListNotations.
Open Scope Z_scope.

(* ---- lists in pieces ---- *)
Lemma rank_app (a b : list Z) : rank (a ++ b) = rank a + rank b.
Proof. unfold rank; rewrite app_length; lia. Qed.
(* Picking takes pieces to pieces. *)
Lemma pick_app D E i : pick (D ++ E) i = pick D i ++ pick E i.
Proof. apply map_app. Qed.
(* Lists of equal first length are equal piece by piece. *)
Lemma app_eq_iff (a b c d : list Z) : rank a = rank c -> (a ++ b = c ++ d <-> a = c /\ b = d).
Proof.
  unfold rank. intros H. split; [|intros [-> ->]; auto].
  revert c H; induction a as [|x a IH]; intros [|y c] H; simpl in H; try lia; simpl; auto.
  intros E; injection E as -> E. destruct (IH c) as [-> ->]; auto; lia.
Qed.
(* A list is its first n elements and the rest. *)
Lemma split_at (l : list Z) n : 0 <= n <= rank l -> exists a b, l = a ++ b /\ rank a = n.
Proof.
  unfold rank. intros H. exists (firstn (Z.to_nat n) l), (skipn (Z.to_nat n) l).
  rewrite firstn_skipn, firstn_length. split; auto; lia.
Qed.
(* pick (a, a+1, ..., a+b-1) out of a ++ b ++ c *)
Lemma pick_consecutive a b c : pick (consecutive (rank a) (rank b)) (a ++ b ++ c) = b.
Proof.
  unfold pick, consecutive. rewrite map_map.
  transitivity (pick (zseq (rank b)) b); [|apply pick_zseq].
  apply map_ext_in. intros j Hj. apply in_zseq in Hj. unfold znth, rank in *.
  rewrite app_nth2, app_nth1 by lia. f_equal. lia.
Qed.
(* a, a+1, ..., a+n-1 are the numbers from a to below a + n. *)
Lemma in_consecutive a n x : In x (consecutive a n) <-> a <= x < a + n.
Proof.
  unfold consecutive. rewrite in_map_iff. split.
  - intros (y & <- & H). apply in_zseq in H. lia.
  - intros H. exists (x - a). rewrite in_zseq. lia.
Qed.
(* 0, 1, ..., n-1 starts at 0. *)
Lemma zseq_consecutive n : zseq n = consecutive 0 n.
Proof. unfold consecutive. rewrite <- (map_id (zseq n)) at 1. apply map_ext; auto. Qed.
(* a range of n + m numbers: the first n, then m *)
Lemma consecutive_app a n m : 0 <= n -> 0 <= m ->
  consecutive a (n + m) = consecutive a n ++ consecutive (a + n) m.
Proof.
  intros Hn Hm. unfold consecutive, zseq. rewrite !map_map, Z2Nat.inj_add, seq_app, map_app by auto.
  f_equal. simpl. rewrite <- (map_id (seq (Z.to_nat n) _)) at 1.
  replace (Z.to_nat n) with (Z.to_nat n + 0)%nat at 1 by lia.
  generalize (Z.to_nat m), 0%nat. intros k; induction k as [|k IH]; intros s; simpl; auto.
  f_equal. lia. specialize (IH (S s)). rewrite Nat.add_succ_r in IH. auto.
Qed.
(* A filter keeps all that pass ... *)
Lemma filter_all {X} (f : X -> bool) l : (forall x, In x l -> f x = true) -> filter f l = l.
Proof. induction l; simpl; intros H; auto. rewrite H, IHl by auto; auto. Qed.
(* ... and none that fail. *)
Lemma filter_none {X} (f : X -> bool) l : (forall x, In x l -> f x = false) -> filter f l = [].
Proof. induction l; simpl; intros H; auto. rewrite H by auto; auto. Qed.
(* Of three consecutive ranges, the axes outside two are those of the third. *)
Ltac by_ranges := intros x Hx; apply in_consecutive in Hx;
  rewrite ?negb_true_iff, ?negb_false_iff, ?memz_not_in, ?memz_in, in_app_iff, !in_consecutive; lia.
(* outside the first a and the last c axes: the middle b *)
Lemma free_middle a b c : 0 <= a -> 0 <= b -> 0 <= c ->
  free_axes (a + b + c) (consecutive 0 a) (consecutive (a + b) c) = consecutive a b.
Proof.
  intros. unfold free_axes, other_axes. rewrite zseq_consecutive, !consecutive_app, !filter_app by lia.
  rewrite (filter_none _ (consecutive 0 a)), (filter_none _ (consecutive (0 + (a + b)) c)) by by_ranges.
  rewrite filter_all by by_ranges. rewrite app_nil_r; auto.
Qed.
(* outside the first a and the next b axes: the last c *)
Lemma free_last a b c : 0 <= a -> 0 <= b -> 0 <= c ->
  free_axes (a + b + c) (consecutive 0 a) (consecutive a b) = consecutive (a + b) c.
Proof.
  intros. unfold free_axes, other_axes. rewrite zseq_consecutive, !consecutive_app, !filter_app by lia.
  rewrite (filter_none _ (consecutive 0 a)), (filter_none _ (consecutive (0 + a) b)) by by_ranges.
  rewrite filter_all by by_ranges. auto.
Qed.

(* ---- what the clauses state ---- *)
Record dot_ok (lb rb lc rc : axes) (sx sy : shape) : Prop := {
  ok_batching : rank lb = rank rb;                       (* dot_general_c1 *)
  ok_contracting : rank lc = rank rc;                    (* dot_general_c2 *)
  ok_lhs_unique : NoDup (lb ++ lc);                      (* dot_general_c3 *)
  ok_rhs_unique : NoDup (rb ++ rc);                      (* dot_general_c4 *)
  ok_lhs_range : in_axes (rank sx) (lb ++ lc);           (* dot_general_c5, c6 *)
  ok_rhs_range : in_axes (rank sy) (rb ++ rc);           (* dot_general_c7, c8 *)
  ok_batching_extents : pick lb sx = pick rb sy;         (* dot_general_c9 *)
  ok_contracting_extents : pick lc sx = pick rc sy }.    (* dot_general_c10 *)

(* ---- batching, contracting and free axes ---- *)
Lemma NoDup_app_r (a b : list Z) : NoDup (a ++ b) -> NoDup b.
Proof. induction a; simpl; auto. intros H; inversion H; auto. Qed.
(* no element in both parts *)
Lemma NoDup_app_disjoint (a b : list Z) x : NoDup (a ++ b) -> In x a -> ~ In x b.
Proof.
  induction a as [|y a IH]; [intros _ []|]. intros H I; inversion H; subst; destruct I as [->|I].
  - intros J; apply H2, in_or_app; auto.
  - auto.
Qed.
Section Operand.
  Variables (n : Z) (b c : axes).
  Hypotheses (U : NoDup (b ++ c)) (R : in_axes n (b ++ c)).
  (* Contracting axes are distinct ... *)
  Lemma unique_contracting : NoDup c.
  Proof. apply (NoDup_app_r _ _ U). Qed.
  (* ... and are axes of the operand. *)
  Lemma contracting_range : in_axes n c.
  Proof. intros a H; apply R, in_or_app; auto. Qed.
  (* In the product with the free axes contracted, the contracting axes are free, in ascending order. *)
  Lemma free_of_free : free_axes n b (free_axes n b c) = sorted_axes n c.
  Proof.
    apply filter_ext_in. intros a Ha. apply in_zseq in Ha. apply eq_true_iff_eq.
    rewrite negb_true_iff, memz_not_in, memz_in, in_app_iff. unfold free_axes.
    rewrite in_other_axes, in_app_iff. pose proof (NoDup_app_disjoint _ _ a U).
    destruct (in_dec Z.eq_dec a b), (in_dec Z.eq_dec a c); tauto.
  Qed.
End Operand.

(* ---- partners ---- *)
Section Partners.
  Variables (n : Z) (from to : axes).
  Hypotheses (U : NoDup from) (R : in_axes n from) (L : rank to = rank from).
  (* Sorting only changes the order. *)
  Lemma sorted_axes_perm : Permutation (sorted_axes n from) from.
  Proof.
    apply NoDup_Permutation; auto. apply NoDup_filter, NoDup_zseq.
    intros a. unfold sorted_axes. rewrite filter_In, in_zseq, memz_in. split; [tauto|auto].
  Qed.
  (* the axis in `to` paired with axis a of `from` *)
  Definition partner (a : Z) : Z := znth to (indexz a from).
  (* to[k] is the partner of from[k]. *)
  Lemma map_partner : map partner from = to.
  Proof.
    unfold rank in L. apply znth_ext. rewrite map_length; lia.
    intros k Hk. unfold axis_of in Hk. rewrite map_length in Hk. rewrite znth_map by auto.
    unfold partner. rewrite indexz_znth; auto.
  Qed.
  (* The partners are the axes of `to` in another order. *)
  Lemma partners_perm : Permutation (partners n from to) to.
  Proof. rewrite <- map_partner at 2. apply (Permutation_map partner), sorted_axes_perm. Qed.
  (* one partner per axis *)
  Lemma rank_partners : rank (partners n from to) = rank (sorted_axes n from).
  Proof. unfold rank, partners; rewrite map_length; auto. Qed.
  (* Coordinates paired in ascending order agree iff they do as given. *)
  Lemma pick_partners i k :
    pick (partners n from to) i = pick (sorted_axes n from) k <-> pick to i = pick from k.
  Proof.
    rewrite <- map_partner at 2. unfold pick, partners. rewrite !map_map. fold partner.
    assert (E : forall a, In a (sorted_axes n from) <-> In a from).
    { intros; split; apply Permutation_in; [|symmetry]; apply sorted_axes_perm. }
    split; intros H; apply map_ext_in; intros a Ha; apply (ext_in_map H); apply E; auto.
  Qed.
End Partners.

(* Batching, free and contracting axes in any order are all axes. *)
Lemma axes_permutation n b c l : NoDup (b ++ c) -> in_axes n (b ++ c) ->
  Permutation l (b ++ c ++ free_axes n b c) -> is_permutation n l.
Proof.
  intros U R P. rewrite app_assoc in P. split.
  - apply (Permutation_NoDup (Permutation_sym P)). apply NoDup_app2; auto. apply NoDup_other_axes.
    intros x Hx H. apply in_other_axes in H. tauto.
  - intros a. transitivity (In a ((b ++ c) ++ free_axes n b c)).
    split; apply Permutation_in; auto; symmetry; auto.
    rewrite in_app_iff. unfold free_axes. rewrite in_other_axes. split.
    + intros [H|H]; [apply R; auto|tauto].
    + intros H. destruct (in_dec Z.eq_dec a (b ++ c)); auto.
Qed.

(* ---- the two adjoint products ---- *)
Section Trick.
  Variables (lb rb lc rc : axes) (sx sy : shape).
  Hypothesis T : dot_ok lb rb lc rc sx sy.
  Notation nl := (rank sx).
  Notation nr := (rank sy).
  Notation lf := (free_axes nl lb lc).
  Notation rf := (free_axes nr rb rc).
  Notation no := (rank (dot_shape lb rb lc rc sx sy)).

  (* The result's axes: batch, free of lhs, free of rhs. *)
  Lemma rank_dot_shape : no = rank lb + rank lf + rank rf.
  Proof. unfold dot_shape. rewrite rank_app, !rank_pick, rank_app. auto. Qed.

  (* Axis j of the lhs's adjoint product is the lhs's axis lhs_order[j]. *)
  Definition lhs_order : axes := lb ++ lf ++ partners nr rc lc.
  (* Axis j of the rhs's adjoint product is the rhs's axis rhs_order[j]. *)
  Definition rhs_order : axes := rb ++ partners nl lc rc ++ rf.
  (* These are all axes of the lhs, once each ... *)
  Lemma lhs_order_permutation : is_permutation nl lhs_order.
  Proof.
    destruct T. apply (axes_permutation _ lb lc); auto. apply Permutation_app_head.
    rewrite Permutation_app_comm. apply Permutation_app_tail, partners_perm; auto.
    eauto using unique_contracting. eauto using contracting_range.
  Qed.
  (* ... and of the rhs. *)
  Lemma rhs_order_permutation : is_permutation nr rhs_order.
  Proof.
    destruct T. apply (axes_permutation _ rb rc); auto. apply Permutation_app_head.
    apply Permutation_app_tail, partners_perm; auto.
    eauto using unique_contracting. eauto using contracting_range.
  Qed.

  (* The matrix product's relation, read for the lhs's element i and for the rhs's element k, is a
     matrix product's again: i's axes come out as batch, free, contracting. *)
  Theorem outer_product_trick o i k : rank o = no ->
    dot_rel lb rb lc rc nl nr o i k
    = dot_rel (consecutive 0 (rank lb)) rb (consecutive (rank lb + rank lf) (rank rf)) rf no nr
        (pick lhs_order i) o k
    /\ dot_rel lb rb lc rc nl nr o i k
    = dot_rel lb (consecutive 0 (rank lb)) lf (consecutive (rank lb) (rank lf)) nl no
        (pick rhs_order k) i o.
  Proof.
    rewrite rank_dot_shape. intros Ro. pose proof (rank_nonneg lb); pose proof (rank_nonneg lf).
    pose proof (rank_nonneg rf).
    destruct (split_at o (rank lb)) as (o1 & o' & -> & R1); [lia|]. rewrite rank_app in Ro.
    destruct (split_at o' (rank lf)) as (o2 & o3 & -> & R2); [lia|]. rewrite rank_app in Ro.
    assert (R3 : rank o3 = rank rf) by lia.
    destruct T. unfold dot_rel, lhs_order, rhs_order.
    rewrite !free_of_free, free_middle, free_last by auto.
    assert (P1 : pick (consecutive 0 (rank lb)) (o1 ++ o2 ++ o3) = o1)
      by (rewrite <- R1; apply (pick_consecutive [])).
    assert (P2 : pick (consecutive (rank lb) (rank lf)) (o1 ++ o2 ++ o3) = o2)
      by (rewrite <- R1, <- R2; apply pick_consecutive).
    assert (P3 : pick (consecutive (rank lb + rank lf) (rank rf)) (o1 ++ o2 ++ o3) = o3).
    { rewrite <- R1, <- R2, <- R3, <- rank_app, app_assoc.
      generalize (pick_consecutive (o1 ++ o2) o3 []). rewrite app_nil_r; auto. }
    rewrite !pick_app, P1, P2, P3. clear P1 P2 P3.
    split; apply eq_true_iff_eq; rewrite !andb_true_iff, !ieqb_eq.
    - rewrite !app_eq_iff by (rewrite ?rank_pick, ?rank_partners; auto; lia).
      rewrite pick_partners by eauto using unique_contracting, contracting_range. intuition congruence.
    - rewrite !app_eq_iff by (rewrite ?rank_pick, ?rank_partners; auto; lia).
      rewrite pick_partners by eauto using unique_contracting, contracting_range. intuition congruence.
  Qed.
End Trick.
