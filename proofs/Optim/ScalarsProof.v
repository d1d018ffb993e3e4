(* What a step computes once, for all parameters: the scalars that they share, the gradients' norm and the
   scale of clipping. *)
From Coq Require Import Reals ZArith List Bool Lra Lia FunctionalExtensionality.
From Pullback Require Import Base.Scalar Base.Index Base.Real Base.Axes Syntax Print.Bytes Ops.Op Ops.Curve
  Autodiff.Walk Optim.Optimizer Optim.Mathematics.
Import ListNotations.
Open Scope R_scope.

(* The place k after the code. *)
Definition made (c : named_code) (L : list tensor) (k : nat) : tensor := nth k (teval (map fst c) L) tz.

(* Ops of scalars. *)
Lemma scalar_constant e d : sem Rscal (Constant (e, []) [d]) [] (e, []) [] [] = value_of d.
Proof. reflexivity. Qed.
Lemma scalar_unary e u ats x : sem Rscal (Unary u) ats (e, []) [x] [] = sem_unary Rscal u (x []).
Proof. reflexivity. Qed.
Lemma scalar_binary e b ats x y : sem Rscal (Binary b) ats (e, []) [x;
  y] [] = sem_binary Rscal b (x []) (y []).
Proof. reflexivity. Qed.
Ltac scalars := repeat (rewrite scalar_binary || rewrite scalar_unary || rewrite scalar_constant).

Lemma scalar_differs e x y : sem Rscal (Compare NE) [(e, []); (e, [])] (I1, []) [x; y] []
  = if Req_EM_T (x []) (y []) then 0 else 1.
Proof.
  transitivity (sbool Rscal (negb (seqb Rscal (x []) (y [])))); [reflexivity|].
  destruct (seqb Rscal (x []) (y [])) eqn:E, (Req_EM_T (x []) (y [])) as [Q|Q]; try reflexivity; exfalso.
  - apply seqb_R in E. auto.
  - apply seqb_R in Q. congruence.
Qed.

(* η, 1 - β1^t and 1 - β2^t, and whether the optimizer moves the parameters *)
Theorem shared_correct o e (scalars : list tensor) : length scalars = length (scalars_of o) ->
  map (fun k => made (fst (shared_of o e)) scalars k []) (snd (shared_of o e))
  = shared_values o (nth 0 scalars tz []) (nth 1 scalars tz []) (last scalars tz []).
Proof.
  assert (V : value_of (Dec 1 0) = 1) by (unfold value_of, sem_decimal; simpl; lra).
  assert (Z : value_of (Dec 0 0) = 0) by (unfold value_of, sem_decimal; simpl; lra).
  unfold scalars_of, shared_of, scalars_of, shared_values, applies, rule_values, rule_scalars.
  destruct (accumulates o), (o_rule o); destruct scalars as [|x [|y [|z [|]]]]; intros H; try discriminate H;
    try reflexivity; unfold made; cbn -[sem value_of]; rewrite ?scalar_differs; scalars; rewrite ?V, ?Z;
    try reflexivity;
    match goal with |- context [Req_EM_T ?a 0] => destruct (Req_EM_T a 0) end; reflexivity.
Qed.

(* limit / max(√squares, limit) *)
Lemma smax_R x y : smax Rscal x y = Rmax x y.
Proof.
  unfold smax; simpl. destruct (Rltb x y) eqn:E.
  - apply Rltb_true in E. rewrite Rmax_right; lra.
  - apply Rltb_false in E. rewrite Rmax_left; lra.
Qed.
Theorem clip_correct o c e (squares : tensor) : o_clip o = Some c ->
  made (clip_of c e) [squares] 4 [] = clip_scale o (sqrt (squares [])).
Proof.
  intros H. unfold clip_scale. rewrite H. unfold made; cbn -[sem value_of]. scalars.
  unfold sem_binary. rewrite smax_R. reflexivity.
Qed.

(* The sum over all axes is the sum of all elements. *)
Lemma reduce_all e s (x : tensor) : sem Rscal (Reduce RAdd (zseq (rank s))) [(e, s)] (e, []) [x] []
  = Sum x (indices s).
Proof.
  rewrite sem_in by auto. simpl. unfold sem_reduce, sem_reduction, reduce_group. f_equal.
  assert (N : other_axes (rank s) (zseq (rank s)) = []).
  { destruct (other_axes _ _) as [|a l] eqn:E; auto. assert (I : In a (a :: l)) by (simpl; auto).
    rewrite <- E in I. apply in_other_axes in I as [I1 I2]. exfalso. apply I2, in_zseq. auto. }
  rewrite N. simpl. induction (indices s); simpl; congruence.
Qed.
Theorem squares_correct t (first : bool) g (earlier : list tensor) : length earlier
  = (if first then 0 else 1)%nat ->
  made (squares_of t first) (g :: earlier) (squares_at first) []
  = (if first then 0 else nth 0 earlier tz []) + dotp (snd t) g g.
Proof.
  destruct t as [e s].
  assert (Q : Sum (sem Rscal (Binary Multiply) [(e, s); (e, s)] (e, s) [g; g]) (indices s) = dotp s g g).
  { apply sum_ext. intros i Hi. apply in_indices in Hi. rewrite sem_in; auto. }
  destruct first, earlier as [|x [|]]; intros H; try discriminate H; unfold made; cbn -[sem rank zseq dotp];
    scalars; unfold sem_binary; rewrite reduce_all.
  - rewrite Rplus_0_l. exact Q.
  - exact (f_equal (Rplus (x [])) Q).
Qed.

(* sum + g/K *)
Theorem accumulated_correct t k g sum :
  made (accumulated_of k t) [g; sum] 4 = tab Rscal (snd t) (fun i => sum i + g i / value_of k).
Proof.
  apply functional_extensionality. intros i. unfold made, accumulated_of; cbn -[sem value_of].
  unfold sem at 1. rewrite !tab_spec. destruct (inb (snd t) i) eqn:H; [|reflexivity]. cbn -[sem value_of].
  do 2 (rewrite sem_in by auto; cbn -[sem value_of]). reflexivity.
Qed.
