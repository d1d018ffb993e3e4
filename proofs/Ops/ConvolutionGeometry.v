(* The equation of a convolution's window, solved for the input's index and for the kernel's. No reals. *)
From Coq Require Import ZArith List Bool Lia.
From Pullback Require Import Base.Index Syntax Ops.Shape Base.Axes Ops.Source Ops.Sliding Ops.Convolution.
Import ListNotations.
Open Scope Z_scope.

(* ---- per window dimension ---- *)
(* o * stride + k * dilation - low = i * base with k = window - 1 - k' (or k = k' where k counts from the
   window's end) is  i * base + k' * dilation - ((window - 1) * dilation - low) = o * stride. *)
Lemma input_meets s outputs o i k k' : k = (if d_reversal s then k' else d_window s - 1 - k') ->
  let v := input_window s in
  sliding_meets s o i k
  = sliding_meets (Sld outputs (d_window s) (c_stride v) (c_lhs v) (c_rhs v) (c_low v) (c_high v)
                       (c_reversal v)) i o k'.
Proof.
  destruct s as [? window ? ? ? ? ? []]; unfold sliding_meets; simpl; intros ->; apply eq_true_iff_eq;
    rewrite !Z.eqb_eq; lia.
Qed.
(* The same equation, read as  k * dilation + o * stride - low = i * base. *)
Lemma kernel_meets s inputs outputs o i k k' : k' = (if d_reversal s then d_window s - 1 - k else k) ->
  let v := kernel_window s in
  sliding_meets s o i k
  = sliding_meets (Sld inputs outputs (c_stride v) (c_lhs v) (c_rhs v) (c_low v) (c_high v)
                       (c_reversal v)) k' i o.
Proof.
  destruct s as [? window ? ? ? ? ? []]; unfold sliding_meets; simpl; intros ->; apply eq_true_iff_eq;
    rewrite !Z.eqb_eq; lia.
Qed.

(* ---- all window dimensions ---- *)
Section All.
  Variables (sx sk : shape) (o i k k' : idx).
  (* as input_meets, in every dimension *)
  Lemma all_input_meet so sk' w isp ksp osp : length isp = length w -> length ksp = length w ->
    length osp = length w -> (forall b, In b ksp -> znth sk' b = znth sk b) ->
    (forall v b, In (v, b) (combine w ksp) ->
      znth k b = if c_reversal v then znth k' b else znth sk b - 1 - znth k' b) ->
    slidings_meet (conv_slidings_ w isp ksp sx sk) (pick osp o) (pick isp i) (pick ksp k)
    = slidings_meet (conv_slidings_ (map input_window (conv_slidings_ w isp ksp sx sk)) osp ksp so sk')
        (pick isp i) (pick osp o) (pick ksp k').
  Proof.
    revert isp ksp osp. induction w as [|v w IH]; intros [|a isp] [|b ksp] [|c osp]; try discriminate; auto.
    simpl length. intros L1 L2 L3 E H. cbn [conv_slidings_ map slidings_meet pick].
    rewrite (input_meets _ (znth so c) _ _ _ (znth k' b)) by (apply (H v b); simpl; auto).
    rewrite E by (simpl; auto). cbn [d_window]. f_equal.
    apply IH; auto; intros; [apply E|apply H]; simpl; auto.
  Qed.
  (* as kernel_meets, in every dimension *)
  Lemma all_kernel_meet so w isp ksp osp : length isp = length w -> length ksp = length w ->
    length osp = length w ->
    (forall v b, In (v, b) (combine w ksp) ->
      znth k' b = if c_reversal v then znth sk b - 1 - znth k b else znth k b) ->
    slidings_meet (conv_slidings_ w isp ksp sx sk) (pick osp o) (pick isp i) (pick ksp k)
    = slidings_meet (conv_slidings_ (map kernel_window (conv_slidings_ w isp ksp sx sk)) isp osp sx so)
        (pick ksp k') (pick isp i) (pick osp o).
  Proof.
    revert isp ksp osp. induction w as [|v w IH]; intros [|a isp] [|b ksp] [|c osp]; try discriminate; auto.
    simpl length. intros L1 L2 L3 H. cbn [conv_slidings_ map slidings_meet pick]. f_equal.
    - apply kernel_meets, (H v b); simpl; auto.
    - apply IH; auto. intros; apply H; simpl; auto.
  Qed.
End All.

(* ---- the kernel reversed ---- *)
(* Where the reversed kernel's element k comes from. *)
Definition kernel_source (c : conv) (s : shape) (reversal : bool) (k : idx) : idx :=
  reverse_source s (reversed_axes (c_window c) (c_kernel_spatial (c_dims c)) s reversal) k.

(* Axes of extent > 1 whose window is (or is not) reversed. *)
Lemma in_reversed_axes w ksp s reversal a : In a (reversed_axes w ksp s reversal) <->
  exists v, In (v, a) (combine w ksp) /\ c_reversal v = reversal /\ 1 < znth s a.
Proof.
  revert ksp; induction w as [|v w IH]; intros [|b ksp]; simpl; try (split; [tauto|intros (? & [] & _)]).
  rewrite in_app_iff, IH. split.
  - intros [H|(u & H1 & H2)]; [|exists u; auto].
    destruct (eqb (c_reversal v) reversal) eqn:E, (1 <? znth s b) eqn:Q; simpl in H; try tauto.
    destruct H as [->|[]]. exists v. apply eqb_prop in E. apply Z.ltb_lt in Q. auto.
  - intros (u & [H|H] & H1 & H2); [|right; exists u; auto]. injection H as -> ->. left.
    rewrite H1, eqb_reflx, (proj2 (Z.ltb_lt _ _) H2). simpl; auto.
Qed.
(* An axis belongs to one window dimension. *)
Lemma combine_unique {X} (w : list X) (l : list Z) v v' a : NoDup l -> In (v, a) (combine w l) ->
  In (v', a) (combine w l) -> v = v'.
Proof.
  revert w; induction l as [|b l IH]; intros [|u w] N; simpl; try tauto. inversion N; subst.
  intros [H|H] [H'|H']; try congruence.
  - injection H as -> ->. apply in_combine_r in H'. tauto.
  - injection H' as -> ->. apply in_combine_r in H. tauto.
  - eauto.
Qed.

Section Reversed.
  Variables (c : conv) (s : shape) (reversal : bool) (k : idx).
  Notation ksp := (c_kernel_spatial (c_dims c)).
  Hypotheses (N : NoDup ksp) (R : in_axes (rank s) ksp) (K : inb s k = true).
  (* Along a spatial axis; for an extent of 1 both cases say 0. *)
  Lemma kernel_source_spatial v b : In (v, b) (combine (c_window c) ksp) ->
    znth (kernel_source c s reversal k) b
    = if eqb (c_reversal v) reversal then znth s b - 1 - znth k b else znth k b.
  Proof.
    intros H. assert (Hb : 0 <= b < rank s) by (apply R; eapply in_combine_r; eauto).
    unfold kernel_source. rewrite reverse_source_znth by auto. pose proof (inb_at s k b K Hb).
    set (l := reversed_axes _ _ _ _). destruct (memz b l) eqn:M.
    - apply memz_in, in_reversed_axes in M as (v' & Hv & E & _).
      rewrite <- (combine_unique _ _ v v' b N H Hv) in E. rewrite E, eqb_reflx; auto.
    - apply memz_not_in in M. destruct (eqb (c_reversal v) reversal) eqn:E; auto.
      assert (~ 1 < znth s b); [|lia]. intros Q. apply M, in_reversed_axes. exists v.
      apply eqb_prop in E. auto.
  Qed.
  (* Along the feature axes nothing changes. *)
  Lemma kernel_source_other b : 0 <= b < rank s -> ~ In b ksp ->
    znth (kernel_source c s reversal k) b = znth k b.
  Proof.
    intros Hb H. unfold kernel_source. rewrite reverse_source_znth by auto.
    destruct (memz b _) eqn:M; auto. apply memz_in, in_reversed_axes in M as (v & M & _).
    apply in_combine_r in M. tauto.
  Qed.
  (* Reversing stays in bounds, *)
  Lemma kernel_source_inb : inb s (kernel_source c s reversal k) = true.
  Proof. apply reverse_source_inb; auto. Qed.
  (* and undoes itself. *)
  Lemma kernel_source_back : kernel_source c s reversal (kernel_source c s reversal k) = k.
  Proof. apply reverse_source_back; auto. Qed.
End Reversed.

(* ---- what the clauses convolution_c1 to c23 state ---- *)
Record conv_ok (c : conv) (sx sk : shape) : Prop := {
  ok_rank : rank sk = rank sx;                                                             (* c1 *)
  ok_input_length : length (c_input_spatial (c_dims c)) = length (c_window c);             (* c2, c12 *)
  ok_kernel_length : length (c_kernel_spatial (c_dims c)) = length (c_window c);           (* c17 *)
  ok_output_length : length (c_output_spatial (c_dims c)) = length (c_window c);           (* c19 *)
  ok_positive : forall v, In v (c_window c) -> 0 < c_stride v /\ 0 < c_lhs v /\ 0 < c_rhs v;  (* c3, c6, c8 *)
  ok_input_unique : NoDup (c_input_batch (c_dims c) :: c_input_feature (c_dims c)
                           :: c_input_spatial (c_dims c));                                 (* c13 *)
  ok_input_range : in_axes (rank sx) (c_input_batch (c_dims c) :: c_input_feature (c_dims c)
                                      :: c_input_spatial (c_dims c));
  ok_kernel_unique : NoDup (c_kernel_input (c_dims c) :: c_kernel_output (c_dims c)
                            :: c_kernel_spatial (c_dims c));                               (* c18 *)
  ok_kernel_range : in_axes (rank sk) (c_kernel_input (c_dims c) :: c_kernel_output (c_dims c)
                                       :: c_kernel_spatial (c_dims c));
  ok_output_unique : NoDup (c_output_batch (c_dims c) :: c_output_feature (c_dims c)
                            :: c_output_spatial (c_dims c));                               (* c20 *)
  ok_output_range : in_axes (rank sx) (c_output_batch (c_dims c) :: c_output_feature (c_dims c)
                                       :: c_output_spatial (c_dims c));
  ok_features : 0 < c_features c;                                                          (* c21 *)
  ok_batches : 0 < c_batches c;                                                            (* c22 *)
  ok_one_grouping : c_features c = 1 \/ c_batches c = 1;                                   (* c23 *)
  ok_batch_groups : znth sx (c_input_batch (c_dims c)) mod c_batches c = 0;                (* c10 *)
  ok_channel_groups : znth sx (c_input_feature (c_dims c)) mod c_features c = 0;           (* c11 *)
  ok_channels : znth sk (c_kernel_input (c_dims c))
                = znth sx (c_input_feature (c_dims c)) / c_features c;                     (* c14 *)
  ok_outputs_batches : znth sk (c_kernel_output (c_dims c)) mod c_batches c = 0;           (* c15 *)
  ok_outputs_features : znth sk (c_kernel_output (c_dims c)) mod c_features c = 0;         (* c16 *)
  ok_window : forall a, In a (c_kernel_spatial (c_dims c)) -> 0 < znth sk a }.             (* c25 *)
Lemma names_axes_iff n a b l m : names_axes n a b l = true -> Z.of_nat m = n - 2 ->
  length l = m /\ NoDup (a :: b :: l) /\ in_axes n (a :: b :: l).
Proof.
  unfold names_axes. intros H Hm. apply andb_prop in H as [H R]. apply andb_prop in H as [L U].
  apply Z.eqb_eq in L. unfold rank in L. repeat split; try lia.
  - apply uniqz_NoDup; auto.
  - apply in_range_axes in R. apply R; auto.
  - apply in_range_axes in R. apply R; auto.
Qed.
(* Typing checks all of it. *)
Lemma infer_convolution_ok c ats rt : infer_convolution c ats = Some rt ->
  exists e sx sk, ats = [(e, sx); (e, sk)] /\ rt = (e, conv_shape c sx sk) /\
  shape_ok sx = true /\ shape_ok sk = true /\ shape_ok (conv_shape c sx sk) = true /\ conv_ok c sx sk.
Proof.
  unfold infer_convolution. intros H.
  destruct ats as [|[e sx] [|[e' sk] [|]]]; try discriminate H.
  match type of H with (if ?b then _ else _) = _ => destruct b eqn:B; [|discriminate H] end.
  injection H as <-.
  repeat match goal with E : (_ && _)%bool = true |- _ => apply andb_prop in E as [? ?] end.
  repeat match goal with
  | E : (_ =? _) = true |- _ => apply Z.eqb_eq in E
  | E : (_ <? _) = true |- _ => apply Z.ltb_lt in E
  | E : elt_eqb _ _ = true |- _ => apply elt_eqb_eq in E; subst
  | E : names_axes _ _ _ _ = true |- _ => eapply names_axes_iff in E as (? & ? & ?); [|eassumption]
  end.
  exists e', sx, sk. do 4 (split; [auto; fail|]). split; [apply require_shape_ok; auto|].
  match goal with E : (_ || _)%bool = true |- _ => apply orb_prop in E; rewrite !Z.eqb_eq in E end.
  match goal with E : rank sx = rank sk |- _ => constructor; auto; try (rewrite <- E; auto; fail) end.
  - intros v Hv. match goal with E : forallb (fun w => _) (c_window c) = true |- _ =>
      rewrite forallb_forall in E; specialize (E v Hv); rewrite !andb_true_iff, !Z.ltb_lt in E; tauto end.
  - intros a Ha. match goal with E : forallb (fun a => _) (c_kernel_spatial _) = true |- _ =>
      rewrite forallb_forall in E; apply Z.ltb_lt; auto end.
Qed.

(* The result's rank, batch and features. *)
Lemma conv_shape_rank c sx sk : rank (conv_shape c sx sk) = rank sx.
Proof. unfold conv_shape, rank, zseq; rewrite !map_length, seq_length. lia. Qed.
(* c25: its batch ... *)
Lemma conv_shape_batch c sx sk : conv_ok c sx sk ->
  znth (conv_shape c sx sk) (c_output_batch (c_dims c)) = znth sx (c_input_batch (c_dims c)) / c_batches c.
Proof.
  intros K. assert (H : 0 <= c_output_batch (c_dims c) < rank sx)
    by (apply (ok_output_range _ _ _ K); simpl; auto).
  unfold conv_shape. rewrite znth_map by (unfold axis_of; rewrite length_zseq; lia).
  rewrite znth_zseq by lia. rewrite Z.eqb_refl; auto.
Qed.
(* ... and its features. *)
Lemma conv_shape_feature c sx sk : conv_ok c sx sk ->
  znth (conv_shape c sx sk) (c_output_feature (c_dims c)) = znth sk (c_kernel_output (c_dims c)).
Proof.
  intros K. assert (H : 0 <= c_output_feature (c_dims c) < rank sx)
    by (apply (ok_output_range _ _ _ K); simpl; auto).
  pose proof (ok_output_unique _ _ _ K) as U. inversion U; subst. simpl in H2.
  unfold conv_shape. rewrite znth_map by (unfold axis_of; rewrite length_zseq; lia).
  rewrite znth_zseq by lia. rewrite Z.eqb_refl.
  destruct (Z.eqb_spec (c_output_feature (c_dims c)) (c_output_batch (c_dims c))); auto. tauto.
Qed.
