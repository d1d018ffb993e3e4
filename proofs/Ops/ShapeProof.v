(* The ops that only move elements: y[o] = x[source o]. Each one's adjoint is its mirror image. *)
From Coq Require Import Reals ZArith List Bool Lra Lia Permutation.
From Pullback Require Import Base.Scalar Base.Index Base.Real Syntax Ops.Op Ops.Curve.
From Pullback Require Import Base.Axes Ops.Source Ops.Gather.
Import ListNotations.
Open Scope R_scope.
Global Arguments sem : simpl never.

Definition jvp_broadcast_in_dim (s : shape) (dims : axes) : jvp_fun := linear_jvp (BroadcastInDim s dims).
Definition jvp_reshape (s : shape) : jvp_fun := linear_jvp (Reshape s).
Definition jvp_transpose (p : axes) : jvp_fun := linear_jvp (Transpose p).
Definition jvp_reverse (dims : axes) : jvp_fun := linear_jvp (Reverse dims).
Definition ok_broadcast_in_dim (s : shape) (dims : axes) : ok_fun := everywhere.
Definition ok_reshape (s : shape) : ok_fun := everywhere.
Definition ok_transpose (p : axes) : ok_fun := everywhere.
Definition ok_reverse (dims : axes) : ok_fun := everywhere.

(* ---- values at an index within the result's shape ---- *)
Lemma sem_broadcast_at s dims t rt x o : inb (snd rt) o = true ->
  sem Rscal (BroadcastInDim s dims) [t] rt [x] o = x (broadcast_source (snd t) dims o).
Proof. apply sem_in. Qed.
Lemma sem_reshape_at s t rt x o : inb (snd rt) o = true ->
  sem Rscal (Reshape s) [t] rt [x] o = x (reshape_source (snd t) s o).
Proof. apply sem_in. Qed.
Lemma sem_transpose_at p t rt x o : inb (snd rt) o = true ->
  sem Rscal (Transpose p) [t] rt [x] o = x (transpose_source p o).
Proof. apply sem_in. Qed.
Lemma sem_reverse_at dims t rt x o : inb (snd rt) o = true ->
  sem Rscal (Reverse dims) [t] rt [x] o = x (reverse_source (snd t) dims o).
Proof. apply sem_in. Qed.

(* ---- typing ---- *)
Lemma broadcast_in_dim_typed s dims ats rt : infer (BroadcastInDim s dims) ats = Some rt ->
  exists e si, ats = [(e, si)] /\ rt = (e, s) /\
  length dims = length si /\ in_axes (rank s) dims /\ NoDup dims /\
  (forall k, axis_of si k -> znth si k = 1%Z \/ znth si k = znth s (znth dims k)) /\ shape_ok s = true.
Proof.
  simpl. unfold infer_broadcast_in_dim. intros H. destruct ats as [|[e si] [|]]; try discriminate. typing H.
  exists e, si. assert (L : length dims = length si) by (unfold rank in *; lia).
  splits; auto.
  - apply in_range_axes; auto.
  - apply uniqz_NoDup; auto.
  - intros k Hk.
    match goal with E : all2 _ _ _ = true |- _ => pose proof (all2_znth _ _ _ E k Hk) as Q end.
    apply orb_prop in Q as [Q|Q]; lia.
  - apply require_shape_ok; auto.
Qed.
Lemma reshape_typed s ats rt : infer (Reshape s) ats = Some rt ->
  exists e si, ats = [(e, si)] /\ rt = (e, s) /\
  numel si = numel s /\ shape_ok si = true /\ shape_ok s = true.
Proof.
  simpl. unfold infer_reshape. intros H. destruct ats as [|[e si] [|]]; try discriminate. typing H.
  exists e, si. splits; auto. lia. apply require_shape_ok; auto.
Qed.
Lemma transpose_typed p ats rt : infer (Transpose p) ats = Some rt ->
  exists e si, ats = [(e, si)] /\ rt = (e, pick p si) /\ is_permutation (rank si) p.
Proof.
  simpl. unfold infer_transpose. intros H. destruct ats as [|[e si] [|]]; try discriminate.
  destruct (ieqb _ _) eqn:E; try discriminate. inv H. apply ieqb_eq in E.
  exists e, si. split; [|split]; auto. apply ascending_is_permutation; auto using rank_nonneg.
Qed.
Lemma reverse_typed dims ats rt : infer (Reverse dims) ats = Some rt ->
  exists e si, ats = [(e, si)] /\ rt = (e, si) /\ NoDup dims /\ in_axes (rank si) dims.
Proof.
  simpl. unfold infer_reverse. intros H. destruct ats as [|[e si] [|]]; try discriminate. typing H.
  exists e, si. splits; auto. apply uniqz_NoDup; auto. apply in_range_axes; auto.
Qed.

(* ---- derivatives ---- *)
Lemma broadcast_in_dim_deriv s dims :
  deriv_spec (BroadcastInDim s dims) (jvp_broadcast_in_dim s dims) (ok_broadcast_in_dim s dims).
Proof.
  apply (moved_deriv _ (fun t _ => broadcast_source (snd t) dims)); auto.
  intros ats rt T. apply broadcast_in_dim_typed in T as (e & si & -> & _); eauto.
Qed.
Lemma reshape_deriv s : deriv_spec (Reshape s) (jvp_reshape s) (ok_reshape s).
Proof.
  apply (moved_deriv _ (fun t _ => reshape_source (snd t) s)); auto.
  intros ats rt T. apply reshape_typed in T as (e & si & -> & _); eauto.
Qed.
Lemma transpose_deriv p : deriv_spec (Transpose p) (jvp_transpose p) (ok_transpose p).
Proof.
  apply (moved_deriv _ (fun _ _ => transpose_source p)); auto.
  intros ats rt T. apply transpose_typed in T as (e & si & -> & _); eauto.
Qed.
Lemma reverse_deriv dims : deriv_spec (Reverse dims) (jvp_reverse dims) (ok_reverse dims).
Proof.
  apply (moved_deriv _ (fun t _ => reverse_source (snd t) dims)); auto.
  intros ats rt T. apply reverse_typed in T as (e & si & -> & _); eauto.
Qed.
Lemma broadcast_in_dim_const s dims : const_spec (BroadcastInDim s dims) (ok_broadcast_in_dim s dims).
Proof.
  apply same_element_const. intros ats rt T.
  apply broadcast_in_dim_typed in T as (e & si & -> & -> & _); eauto.
Qed.
Lemma reshape_const s : const_spec (Reshape s) (ok_reshape s).
Proof.
  apply same_element_const. intros ats rt T. apply reshape_typed in T as (e & si & -> & -> & _); eauto.
Qed.
Lemma transpose_const p : const_spec (Transpose p) (ok_transpose p).
Proof.
  apply same_element_const. intros ats rt T. apply transpose_typed in T as (e & si & -> & -> & _); eauto.
Qed.
Lemma reverse_const dims : const_spec (Reverse dims) (ok_reverse dims).
Proof.
  apply same_element_const. intros ats rt T. apply reverse_typed in T as (e & si & -> & -> & _); eauto.
Qed.

(* ---- adjoints of the bijections ---- *)
(* dx = reshape dy *)
Lemma reshape_vjp_correct s : vjp_spec (Reshape s) (jvp_reshape s) (ok_reshape s).
Proof.
  apply one_operand_vjp.
  { intros ats rt T. apply reshape_typed in T as (e & si & -> & _); eauto. }
  intros needs t rt tm outs x d dy T _ V _. simpl in V; inv V. exists 3%nat; split; auto.
  apply reshape_typed in T as (e & si & E & -> & N & W1 & W2). inv E. symmetry; simpl.
  unfold jvp_reshape, linear_jvp; simpl.
  rewrite (bijection_adjoint s si (reshape_source si s) (reshape_source s si)).
  - apply dotp_ext; auto. intros i Hi. rewrite sem_reshape_at; auto.
  - intros o Ho. split. apply reshape_source_inb; auto. apply reshape_source_back; auto.
  - intros i Hi. split. apply reshape_source_inb; auto. apply reshape_source_back; auto.
Qed.
(* dx = transpose dy by the inverse permutation *)
Lemma transpose_vjp_correct p : vjp_spec (Transpose p) (jvp_transpose p) (ok_transpose p).
Proof.
  apply one_operand_vjp.
  { intros ats rt T. apply transpose_typed in T as (e & si & -> & _); eauto. }
  intros needs t rt tm outs x d dy T _ V _. simpl in V; inv V. exists 3%nat; split; auto.
  apply transpose_typed in T as (e & si & E & -> & P). inv E. symmetry; simpl.
  unfold jvp_transpose, linear_jvp; simpl.
  rewrite (bijection_adjoint (pick p si) si (transpose_source p) (pick p)).
  - apply dotp_ext; auto. intros i Hi. rewrite sem_transpose_at by auto.
    rewrite (transpose_source_inverse (rank si)); auto using rank_nonneg.
  - intros o Ho. split. apply transpose_source_inb; auto. apply pick_transpose_source.
    rewrite (inb_rank _ _ Ho), rank_pick_permutation; auto.
  - intros i Hi. split. apply inb_pick; auto. apply permutation_axes; auto.
    apply transpose_source_pick. rewrite (inb_rank _ _ Hi); auto.
Qed.
(* dx = reverse dy *)
Lemma reverse_vjp_correct dims : vjp_spec (Reverse dims) (jvp_reverse dims) (ok_reverse dims).
Proof.
  apply one_operand_vjp.
  { intros ats rt T. apply reverse_typed in T as (e & si & -> & _); eauto. }
  intros needs t rt tm outs x d dy T _ V _. simpl in V; inv V. exists 3%nat; split; auto.
  apply reverse_typed in T as (e & si & E & -> & _). inv E. symmetry; simpl.
  unfold jvp_reverse, linear_jvp; simpl.
  rewrite (bijection_adjoint si si (reverse_source si dims) (reverse_source si dims));
    auto using reverse_source_inb, reverse_source_back.
  apply dotp_ext; auto. intros i Hi. rewrite sem_reverse_at; auto.
Qed.
