(* Convolution over the reals. *)
From Coq Require Import Reals ZArith List Bool Lra Lia.
From Pullback Require Import Base.Scalar Base.Index Base.Real Base.Axes Syntax Ops.Op Ops.Curve.
From Pullback Require Import Ops.Source Ops.Gather.
From Pullback Require Import Ops.ConvolutionGeometry Ops.ConvolutionAdjoint Ops.ConvolutionInput.
From Pullback Require Import Ops.TemplateProof Ops.BilinearProof.
Import ListNotations.
Open Scope R_scope.

(* convolution_c1 to c27: conv_ok is what they state. *)
Lemma convolution_typed c ats rt : infer (Convolution c) ats = Some rt ->
  exists e sx sk, ats = [(e, sx); (e, sk)] /\ rt = (e, conv_shape c sx sk) /\
  shape_ok sx = true /\ shape_ok sk = true /\ shape_ok (conv_shape c sx sk) = true /\ conv_ok c sx sk.
Proof. apply infer_convolution_ok. Qed.

(* ---- derivative ---- *)
Definition jvp_convolution (c : conv) : jvp_fun := fun ats _ vs ds =>
  match ats, vs, ds with
  | [(_, sx); (_, sk)], [x; k], [dx; dk] => jvp_bilinear (conv_rel c sx sk) sx sk x k dx dk
  | _, _, _ => tz
  end.
(* differentiable everywhere *)
Definition ok_convolution (c : conv) : ok_fun := fun _ _ _ _ => True.

(* d(x * k) = dx * k + x * dk *)
Lemma convolution_deriv c : deriv_spec (Convolution c) (jvp_convolution c) (ok_convolution c).
Proof.
  intros ats rt gs ds H F M _ o _. apply convolution_typed in H as (e & sx & sk & -> & -> & _).
  destruct gs as [|x [|k [|]]], ds as [|dx [|dk [|]]]; simpl in M; try tauto.
  destruct M as (Mx & Mk & _).
  apply bilinear_deriv; [apply (moves_float (e, sx))|apply (moves_float (e, sk))]; auto.
Qed.
(* A convolution of integers is locally constant. *)
Lemma convolution_const c : const_spec (Convolution c) (ok_convolution c).
Proof.
  intros ats rt gs ds H F M _ o _. apply convolution_typed in H as (e & sx & sk & -> & -> & _).
  destruct gs as [|x [|k [|]]], ds as [|dx [|dk [|]]]; simpl in M; try tauto.
  destruct M as (Mx & Mk & _). simpl at_. apply bilinear_const; eapply moves_near; eauto.
Qed.

(* Over an empty shape there is nothing to sum. *)
Lemma bilapp_empty sx sy rel x y o : numel sx = 0%Z \/ numel sy = 0%Z -> bilapp sx sy rel x y o = 0.
Proof.
  unfold bilapp. intros [H|H]; rewrite (indices_empty _ H); auto. apply (sum_0 (indices sx)).
Qed.
(* The zero constant. *)
Lemma zero_piece_makes e s L : piece_makes (zero_piece (e, s)) s L (fun _ => 0).
Proof.
  intros E n Hn. apply leaves_instr; auto. intros i Hi. cbn [t_op t_ats t_rty t_args map].
  rewrite sem_in by auto. simpl. lra.
Qed.

(* ---- backward ---- *)
Section Backward.
  Variables (c : conv) (sx sk : shape).
  Hypothesis K : conv_ok c sx sk.
  Notation so := (conv_shape c sx sk).
  Notation sk1 := (input_kernel_shape c sk).
  (* The kernel's adjoint at k is a convolution's value at the reversed k. *)
  Lemma kernel_adjoint_value x ct k : inb sk k = true ->
    bilapp sx so (fun k i o => conv_rel c sx sk o i k) x ct k
    = bilapp sx so (conv_rel (kernel_adjoint c sx sk) sx so) x ct (kernel_source c sk true k).
  Proof.
    intros Hk. apply bilapp_ext; auto. intros i o Hi Ho.
    apply (proj1 (toeplitz_trick c sx sk K o i Ho Hi)); auto.
  Qed.
  (* The input's adjoint at i is a convolution with the regrouped and reversed kernel. *)
  Lemma input_adjoint_value ct w i : inb sx i = true ->
    bilapp so sk (fun i o k => conv_rel c sx sk o i k) ct w i
    = bilapp so sk1 (conv_rel (input_adjoint c sx sk) so sk1) ct
        (fun k' => w (input_kernel_source c sk (kernel_source c sk1 false k'))) (input_result_source c sx i).
  Proof.
    intros Hi. unfold bilapp. apply sum_ext; intros o Ho. apply in_indices in Ho.
    destruct (input_kernel_bijection c sx sk K) as (T & back & B1 & B2).
    rewrite <- (sum_reindex sk1 sk (fun k' => input_kernel_source c sk (kernel_source c sk1 false k')) back);
      auto.
    apply sum_ext; intros k' Hk. apply in_indices in Hk.
    rewrite (proj2 (toeplitz_trick c sx sk K o i Ho Hi)); auto.
  Qed.
End Backward.

(* <ct, dx * k + x * dk> = <ct * reversed k, dx> + <x * ct, dk> *)
Lemma convolution_vjp_correct c : vjp_spec (Convolution c) (jvp_convolution c) (ok_convolution c).
Proof.
  intros needs ats rt tm outs vs ds ct H F V Ln Lv Ld S _.
  apply convolution_typed in H as (e & sx & sk & -> & -> & _ & _ & _ & K).
  destruct vs as [|x [|k [|]]], ds as [|dx [|dk [|]]]; try discriminate.
  unfold vjp, vjp_convolution in V. cbn [app]. cbn [snd] in *.
  set (z := sem Rscal _ _ _ _). set (L := [x; k; z; ct]).
  simpl jvp_convolution. rewrite bilinear_adjoint.
  destruct (_ || _)%bool eqn:Z in V.
  - rewrite (two_cotangents_correct _ _ _ (e, sx) (e, sk) L _ _ _ _ _ _ V eq_refl Ln S
      (zero_piece_makes e sx L) (zero_piece_makes e sk L)).
    cbn [snd]. rewrite !dotp_0_l. apply orb_prop in Z as [Z|Z].
    + apply orb_prop in Z as [Z|Z]; apply Z.eqb_eq in Z.
      * rewrite (dotp_empty sx), (dotp_ext sk _ (fun _ => 0) dk dk), dotp_0_l; auto.
        intros; apply bilapp_empty; auto.
      * rewrite (dotp_empty sk), (dotp_ext sx _ (fun _ => 0) dx dx), dotp_0_l; auto.
        intros; apply bilapp_empty; auto.
    + apply Z.eqb_eq in Z.
      rewrite (dotp_ext sx _ (fun _ => 0) dx dx), (dotp_ext sk _ (fun _ => 0) dk dk), !dotp_0_l; auto;
        intros; apply bilapp_empty; auto.
  - rewrite (two_cotangents_correct _ _ _ (e, sx) (e, sk) L _ _ _ _ _ _ V eq_refl Ln S
      (input_cotangent_makes c e sx sk L K eq_refl) (kernel_cotangent_makes c e sx sk L eq_refl)).
    cbn [snd nth L]. f_equal; apply dotp_ext; auto; intros j Hj.
    + symmetry. apply input_adjoint_value; auto.
    + symmetry. apply kernel_adjoint_value; auto.
Qed.
